-- Keys of persons. Personal texts of the audit log lie sealed under them; dropping a key makes its person's texts unreadable everywhere,
-- while the hash chains, which cover the sealed texts, stay whole. Each key is itself wrapped by the server's master key, which is not
-- in the database.
create table person_keys (
    id uuid constraint person_keys_pk primary key,
    -- `user:<id>`, or `mail:<keyed hash of the address>` for somebody without an account.
    owner text not null constraint person_keys_owner_unique unique,
    wrapped bytea not null,
    -- Which master key wrapped it.
    master text not null,
    created_at timestamptz not null default now()
);

-- The keys of these owners, made from the given new ones where they are missing. The restricted role reads no key but through these two
-- functions; what they hand out is worth nothing without the master key. People belong to no tenant, so neither do their keys.
create function fitout_person_keys(p_owners text[], p_ids uuid[], p_wrapped bytea[], p_master text)
    returns table (owner text, id uuid, wrapped bytea, master text)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if fitout_tenant() is null then
        raise exception 'no tenant is set' using errcode = 'insufficient_privilege';
    end if;
    if (select count(*) from person_keys k where k.owner = any (p_owners)) < cardinality(p_owners) then
        insert into person_keys (id, owner, wrapped, master)
        select n.id, n.owner, n.wrapped, p_master from unnest(p_ids, p_owners, p_wrapped) n (id, owner, wrapped) order by n.owner
        on conflict do nothing;
    end if;
    return query select k.owner, k.id, k.wrapped, k.master from person_keys k where k.owner = any (p_owners);
end $$;
revoke execute on function fitout_person_keys(text[], uuid[], bytea[], text) from public;
grant execute on function fitout_person_keys(text[], uuid[], bytea[], text) to fitout_app;

-- Keys by id, for reading. A dropped key is not among them.
create function fitout_open_keys(p_ids uuid[]) returns table (id uuid, wrapped bytea, master text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    if fitout_tenant() is null then
        raise exception 'no tenant is set' using errcode = 'insufficient_privilege';
    end if;
    return query select k.id, k.wrapped, k.master from person_keys k where k.id = any (p_ids);
end $$;
revoke execute on function fitout_open_keys(uuid[]) from public;
grant execute on function fitout_open_keys(uuid[]) to fitout_app;
