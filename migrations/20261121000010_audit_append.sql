-- An audit entry is appended in one call: the chain's end was locked over several round trips, and everybody of a workspace waited for each.
-- Personal texts are bound to the entry's moment from here on, because its number is not known before. A server of the release before that runs
-- beside goes on appending and verifying; on its audit page such texts stay sealed until it is replaced.

-- A field as the hash of an entry covers it: 0 for none, else 1, its length and its bytes.
create function fitout_hashed(p_field text) returns bytea language sql immutable parallel safe set search_path = public, pg_temp
as $$ select coalesce('\x01'::bytea || int8send(octet_length(p_field)::bigint) || convert_to(p_field, 'UTF8'), '\x00'::bytea) $$;

-- Appends an entry to the chain of the transaction's workspace, announces what is to be announced with it, and answers its number. The same
-- bytes are hashed as in `store::audit`, which verifies them. Runs with the caller's rights: row-level security holds.
create function fitout_audit_append(p_at timestamptz, p_actor text, p_actor_id uuid, p_action text, p_subject text, p_before text, p_after text,
    p_ip text, p_agent text, p_channel text, p_news text[]) returns bigint
    language plpgsql set search_path = public, pg_temp as $$
declare
    v_tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    v_seq bigint;
    v_prev bytea;
    v_hash bytea;
begin
    select h.seq, h.hash into v_seq, v_prev from audit_heads h where h.tenant_id = v_tenant for no key update;
    if not found then
        insert into audit_heads (tenant_id, seq, hash) values (v_tenant, 0, decode(repeat('00', 32), 'hex')) on conflict do nothing;
        select h.seq, h.hash into strict v_seq, v_prev from audit_heads h where h.tenant_id = v_tenant for no key update;
    end if;
    v_seq := v_seq + 1;
    v_hash := sha256(convert_to('fitout-audit-1', 'UTF8') || uuid_send(v_tenant) || int8send(v_seq) || int8send((extract(epoch from p_at) * 1000000)::bigint)
        || fitout_hashed(p_actor) || fitout_hashed(p_actor_id::text) || fitout_hashed(p_action) || fitout_hashed(p_subject) || fitout_hashed(p_before)
        || fitout_hashed(p_after) || fitout_hashed(p_ip) || fitout_hashed(p_agent) || v_prev);
    insert into audit_log (tenant_id, seq, at, actor, actor_id, action, subject, before, after, ip, agent, prev_hash, hash)
    values (v_tenant, v_seq, p_at, p_actor, p_actor_id, p_action, p_subject, p_before::json, p_after::json, p_ip, p_agent, v_prev, v_hash);
    update audit_heads set seq = v_seq, hash = v_hash where tenant_id = v_tenant;
    perform pg_notify(p_channel, n) from unnest(p_news) n;
    return v_seq;
end $$;
revoke execute on function fitout_hashed(text) from public;
revoke execute on function fitout_audit_append(timestamptz, text, uuid, text, text, text, text, text, text, text, text[]) from public;
grant execute on function fitout_hashed(text) to fitout_app;
grant execute on function fitout_audit_append(timestamptz, text, uuid, text, text, text, text, text, text, text, text[]) to fitout_app;

-- As `fitout_person_keys`, and tells which keys last whatever becomes of this transaction: its own have its time. Only those may be
-- remembered beyond it.
create function fitout_seal_keys(p_owners text[], p_ids uuid[], p_wrapped bytea[], p_master text)
    returns table (owner text, id uuid, wrapped bytea, master text, lasting boolean)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- The chain's end first, as everybody takes it before keys: the other way round two transactions could wait for each other.
    perform from audit_heads h where h.tenant_id = fitout_tenant() for no key update;
    perform from fitout_person_keys(p_owners, p_ids, p_wrapped, p_master);
    -- A statement of its own: what was made just now is not seen by the one that made it.
    return query select k.owner, k.id, k.wrapped, k.master, k.created_at < now() from person_keys k where k.owner = any (p_owners);
end $$;
revoke execute on function fitout_seal_keys(text[], uuid[], bytea[], text) from public;
grant execute on function fitout_seal_keys(text[], uuid[], bytea[], text) to fitout_app;
