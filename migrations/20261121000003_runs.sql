-- The job engine. A run is the work itself; rows of `jobs` are the requests for it. `job_runs` is a platform table: the engine claims
-- across tenants. Tenant transactions reach it only through the functions below, which read the tenant from the transaction.

create table job_runs (
    id uuid not null default gen_random_uuid() constraint job_runs_pk primary key,
    tenant_id uuid not null,
    kind text not null constraint job_runs_kind_length check (length(kind) between 1 and 40),
    key text,
    payload jsonb not null,
    priority smallint not null default 0,
    state text not null default 'queued' constraint job_runs_state_known check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    run_at timestamptz not null default now(),
    lease_until timestamptz,
    -- Grows with every claim. A write of a worker that carries an older fence is refused.
    fence bigint not null default 0,
    attempt integer not null default 0,
    max_attempts integer not null default 4 constraint job_runs_attempts_positive check (max_attempts between 1 and 100),
    worker_id text,
    progress smallint not null default 0 constraint job_runs_progress_in_range check (progress between 0 and 100),
    step text not null default '',
    -- Somebody's request hangs on it: changes are copied to `jobs` and announced.
    watched boolean not null default false,
    error_code text,
    error_message text,
    result jsonb,
    peak_memory bigint,
    log_tail text,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
-- Only open rows are indexed for claiming, so that a million finished runs change nothing.
create index job_runs_queue on job_runs (kind, tenant_id, priority desc, run_at, id) where state = 'queued';
create index job_runs_running on job_runs (kind, tenant_id, lease_until) where state = 'running';
create unique index job_runs_one_open_per_key on job_runs (tenant_id, kind, key) where state in ('queued', 'running') and key is not null;
create index job_runs_finished on job_runs (finished_at) where finished_at is not null;

-- Whose turn it is: tenants are served in turn, the one served longest ago first.
create table job_turns (
    kind text not null,
    tenant_id uuid not null,
    served_at timestamptz not null,
    constraint job_turns_pk primary key (kind, tenant_id)
) with (fillfactor = 50);

-- Puts a run in line, or joins the open one of the same key. Joining locks that run until the caller's transaction ends, so it cannot
-- finish before the caller's request is attached.
create function fitout_enqueue_for(p_tenant uuid, p_kind text, p_key text, p_payload jsonb, p_priority smallint, p_max_attempts integer,
    p_delay double precision, out run_id uuid, out joined boolean)
    language plpgsql set search_path = public, pg_temp as $$
begin
    insert into job_runs as r (tenant_id, kind, key, payload, priority, max_attempts, run_at)
    values (p_tenant, p_kind, p_key, p_payload, p_priority, p_max_attempts, now() + make_interval(secs => p_delay))
    on conflict (tenant_id, kind, key) where state in ('queued', 'running') and key is not null
        do update set priority = greatest(r.priority, excluded.priority)
    returning r.id, r.xmax <> 0 into run_id, joined;
    if not joined then
        perform pg_notify('fitout_runs', p_kind);
    end if;
end $$;
revoke execute on function fitout_enqueue_for(uuid, text, text, jsonb, smallint, integer, double precision) from public;

create function fitout_enqueue(p_kind text, p_key text, p_payload jsonb, p_priority smallint, p_max_attempts integer,
    p_delay double precision, out run_id uuid, out joined boolean)
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if fitout_tenant() is null then
        raise exception 'no tenant is set' using errcode = 'insufficient_privilege';
    end if;
    select e.run_id, e.joined into run_id, joined
    from fitout_enqueue_for(fitout_tenant(), p_kind, p_key, p_payload, p_priority, p_max_attempts, p_delay) e;
end $$;
revoke execute on function fitout_enqueue(text, text, jsonb, smallint, integer, double precision) from public;
grant execute on function fitout_enqueue(text, text, jsonb, smallint, integer, double precision) to fitout_app;

-- Marks the run as watched and answers its state; locks it until the transaction ends.
create function fitout_watch(p_run uuid) returns setof job_runs
    language sql security definer set search_path = public, pg_temp
as $$ update job_runs set watched = true where id = p_run and tenant_id = fitout_tenant() returning * $$;
revoke execute on function fitout_watch(uuid) from public;
grant execute on function fitout_watch(uuid) to fitout_app;

-- Whether this claim still holds. Locks the run, so that nobody takes it over before the caller's transaction ends.
create function fitout_guard(p_run uuid, p_fence bigint) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from job_runs where id = p_run and fence = p_fence and state = 'running' and tenant_id = fitout_tenant() for update;
    return found;
end $$;
revoke execute on function fitout_guard(uuid, bigint) from public;
grant execute on function fitout_guard(uuid, bigint) to fitout_app;

-- Ends the run as done inside the transaction of its effect.
create function fitout_finish(p_run uuid, p_fence bigint, p_result jsonb) returns boolean
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update job_runs set state = 'done', result = p_result, progress = 100, step = '', error_code = null, error_message = null,
        finished_at = clock_timestamp(), lease_until = null
    where id = p_run and fence = p_fence and state = 'running' and tenant_id = fitout_tenant();
    return found;
end $$;
revoke execute on function fitout_finish(uuid, bigint, jsonb) from public;
grant execute on function fitout_finish(uuid, bigint, jsonb) to fitout_app;

-- Cancels an open run. Its worker hears of it at once, and any write it still tries is refused by the state.
create function fitout_cancel_run_of(p_tenant uuid, p_run uuid) returns boolean
    language plpgsql set search_path = public, pg_temp as $$
begin
    update job_runs set state = 'cancelled', finished_at = clock_timestamp(), lease_until = null, step = ''
    where id = p_run and tenant_id = p_tenant and state in ('queued', 'running');
    if found then
        perform pg_notify('fitout_runs', 'cancel:' || p_run);
        return true;
    end if;
    return false;
end $$;
revoke execute on function fitout_cancel_run_of(uuid, uuid) from public;

create function fitout_cancel_run(p_run uuid) returns boolean
    language sql security definer set search_path = public, pg_temp
as $$ select fitout_cancel_run_of(fitout_tenant(), p_run) $$;
revoke execute on function fitout_cancel_run(uuid) from public;
grant execute on function fitout_cancel_run(uuid) to fitout_app;

-- Takes one request off its run; the last one ends the run. The run is locked first, always before rows of `jobs`: the trigger below
-- takes the same order, so the two cannot lock each other out. Answers the request's state before: null when there is no such request.
create function fitout_cancel_job(p_job uuid) returns text
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_tenant uuid := fitout_tenant();
    v_run uuid;
    v_status text;
begin
    select j.run_id, j.status into v_run, v_status from jobs j where j.tenant_id = v_tenant and j.id = p_job;
    if not found then
        return null;
    end if;
    perform from job_runs r where r.id = v_run for update;
    select j.status into v_status from jobs j where j.tenant_id = v_tenant and j.id = p_job for update;
    if v_status not in ('PENDING', 'QUEUED', 'PROCESSING') then
        return v_status;
    end if;
    update jobs j set status = 'CANCELLED', completed_at = clock_timestamp(), step = '' where j.tenant_id = v_tenant and j.id = p_job;
    perform pg_notify('fitout_events', json_build_object('tenant', v_tenant, 'kind', 'job.updated', 'data', json_build_object('id', p_job))::text);
    if v_run is not null and not exists (select from jobs j where j.tenant_id = v_tenant and j.run_id = v_run
        and j.status in ('PENDING', 'QUEUED', 'PROCESSING')) then
        perform fitout_cancel_run_of(v_tenant, v_run);
    end if;
    return v_status;
end $$;
revoke execute on function fitout_cancel_job(uuid) from public;
grant execute on function fitout_cancel_job(uuid) to fitout_app;

-- A run changed: its open requests follow, and everybody who listens hears of it. One statement for a whole batch.
create function fitout_runs_changed() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    r record;
begin
    for r in
        with changed as (
            select n.* from new_runs n join old_runs o on o.id = n.id
            where n.watched and (n.state, n.progress, n.step, n.attempt, n.worker_id)
                is distinct from (o.state, o.progress, o.step, o.attempt, o.worker_id)
        )
        update jobs j set
            status = case c.state when 'queued' then 'QUEUED' when 'running' then 'PROCESSING' when 'done' then 'COMPLETED'
                when 'failed' then 'FAILED' else 'CANCELLED' end,
            progress = c.progress, step = c.step, worker_id = c.worker_id, retry_count = greatest(c.attempt - 1, 0),
            error_code = c.error_code, error_message = c.error_message, result = coalesce(c.result, j.result),
            started_at = c.started_at, completed_at = c.finished_at
        from changed c
        where j.tenant_id = c.tenant_id and j.run_id = c.id and j.status in ('PENDING', 'QUEUED', 'PROCESSING')
        returning j.tenant_id, j.id
    loop
        perform pg_notify('fitout_events', json_build_object('tenant', r.tenant_id, 'kind', 'job.updated', 'data', json_build_object('id', r.id))::text);
    end loop;
    return null;
end $$;
create trigger job_runs_keep_jobs_in_step after update on job_runs
    referencing old table as old_runs new table as new_runs for each statement execute function fitout_runs_changed();

-- Claims up to p_limit runs of one kind: tenants with the fewest running first, then the one served longest ago; inside a tenant by
-- priority, then age. Rows locked by others are passed over.
create function fitout_claim(p_kind text, p_worker text, p_limit integer, p_lease double precision) returns setof job_runs
    language plpgsql set search_path = public, pg_temp as $$
declare
    v_ids uuid[] := '{}';
    v_more uuid[];
    v_share integer;
    v_tenants uuid[];
    t uuid;
begin
    -- Distinct tenants by skipping through the index: work grows with tenants, not with the queue.
    with recursive waiting as (
        (select r.tenant_id from job_runs r where r.state = 'queued' and r.kind = p_kind order by r.tenant_id limit 1)
        union all
        select (select r.tenant_id from job_runs r where r.state = 'queued' and r.kind = p_kind and r.tenant_id > w.tenant_id
                order by r.tenant_id limit 1)
        from waiting w where w.tenant_id is not null
    ), running as (
        select r.tenant_id, count(*) as n from job_runs r where r.state = 'running' and r.kind = p_kind group by r.tenant_id
    )
    select array_agg(w.tenant_id order by coalesce(g.n, 0), s.served_at nulls first, w.tenant_id) into v_tenants
    from waiting w left join running g using (tenant_id) left join job_turns s on s.kind = p_kind and s.tenant_id = w.tenant_id
    where w.tenant_id is not null;
    if v_tenants is null then
        return;
    end if;
    -- First an equal share each, then what is left over to whoever still has work.
    v_share := greatest(1, p_limit / cardinality(v_tenants));
    for pass in 1..2 loop
        foreach t in array v_tenants loop
            exit when cardinality(v_ids) >= p_limit;
            select array_agg(x.id) into v_more from (
                select r.id from job_runs r
                where r.state = 'queued' and r.kind = p_kind and r.tenant_id = t and r.run_at <= now() and r.id <> all (v_ids)
                order by r.priority desc, r.run_at, r.id
                limit case pass when 1 then least(v_share, p_limit - cardinality(v_ids)) else p_limit - cardinality(v_ids) end
                for update skip locked) x;
            v_ids := v_ids || coalesce(v_more, '{}');
        end loop;
        exit when cardinality(v_ids) >= p_limit;
    end loop;
    if cardinality(v_ids) = 0 then
        return;
    end if;
    if cardinality(v_tenants) > 1 then
        insert into job_turns as s (kind, tenant_id, served_at)
        select p_kind, x.tenant_id, clock_timestamp() from (select distinct r.tenant_id from job_runs r where r.id = any (v_ids)) x
        order by x.tenant_id
        on conflict (kind, tenant_id) do update set served_at = excluded.served_at;
    end if;
    return query
        update job_runs r set state = 'running', worker_id = p_worker, fence = r.fence + 1, attempt = r.attempt + 1,
            lease_until = clock_timestamp() + make_interval(secs => p_lease), started_at = coalesce(r.started_at, clock_timestamp())
        from unnest(v_ids) with ordinality o (id, place) where r.id = o.id and r.state = 'queued'
        returning r.*;
end $$;
revoke execute on function fitout_claim(text, text, integer, double precision) from public;
