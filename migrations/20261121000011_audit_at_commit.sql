-- An entry joins its workspace's chain inside the commit of its transaction. The chain's end was locked from the append until the server had heard of
-- it and asked for the commit, and everybody of that workspace waited for those round trips. A server of the release before goes on calling
-- `fitout_audit_append` itself; both ways keep one chain.

-- Entries of open transactions: each is gone when its transaction ends, so nothing of it is worth logging.
create unlogged table audit_due (
    tenant_id uuid not null,
    id bigint not null generated always as identity,
    at timestamptz not null,
    actor text not null,
    actor_id uuid,
    action text not null,
    subject text not null,
    before text,
    after text,
    ip text,
    agent text,
    channel text not null,
    news text[] not null,
    constraint audit_due_pk primary key (tenant_id, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
select fitout_isolate('audit_due');
revoke update on audit_due from fitout_app;

-- With the caller's rights, in the workspace of the transaction.
create function fitout_audit_join() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
    perform fitout_audit_append(new.at, new.actor, new.actor_id, new.action, new.subject, new.before, new.after, new.ip, new.agent, new.channel, new.news);
    delete from audit_due where tenant_id = new.tenant_id and id = new.id;
    return null;
end $$;
revoke execute on function fitout_audit_join() from public;
create constraint trigger audit_due_joins after insert on audit_due deferrable initially deferred for each row execute function fitout_audit_join();

-- The chain's end is the last lock of a transaction now. Whoever took it first, for the sake of new keys, would hold it while waiting for others.
create or replace function fitout_seal_keys(p_owners text[], p_ids uuid[], p_wrapped bytea[], p_master text)
    returns table (owner text, id uuid, wrapped bytea, master text, lasting boolean)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from fitout_person_keys(p_owners, p_ids, p_wrapped, p_master);
    -- A statement of its own: what was made just now is not seen by the one that made it.
    return query select k.owner, k.id, k.wrapped, k.master, k.created_at < now() from person_keys k where k.owner = any (p_owners);
end $$;
