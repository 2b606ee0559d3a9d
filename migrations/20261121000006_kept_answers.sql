-- The answer of a request with an Idempotency-Key is kept in the transaction of its effect: both last, or neither. So no claim is needed
-- before the effect; of two at once the second waits here for the first and then finds its row. `busy_until` is written by servers of the
-- release before alone; a claim of theirs that ran out counts as nothing.
create function fitout_keep_answer(p_scope text, p_key text, p_request_hash text, p_status smallint, p_body bytea) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- A tenant's transaction keeps answers of that tenant; people who have no account yet are told apart by address.
    if fitout_tenant() is null or not (starts_with(p_scope, 'tenant:' || fitout_tenant() || ':') or starts_with(p_scope, 'address:')) then
        raise exception 'the answer belongs to another tenant' using errcode = 'insufficient_privilege';
    end if;
    insert into idempotency_keys as k (scope, key, request_hash, status, body) values (p_scope, p_key, p_request_hash, p_status, p_body)
    on conflict (scope, key) do update set request_hash = excluded.request_hash, status = excluded.status, body = excluded.body, busy_until = null
        where k.status is null and (k.busy_until is null or k.busy_until < now());
    return found;
end $$;
revoke execute on function fitout_keep_answer(text, text, text, smallint, bytea) from public;
grant execute on function fitout_keep_answer(text, text, text, smallint, bytea) to fitout_app;
