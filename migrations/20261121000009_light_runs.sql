-- A run is written when it is put in line, claimed and ended. These writes carry less now.

-- Requests follow their runs row by row: a batch of runs that nobody watches is not copied aside and compared any more. `watched` and the
-- comparison are checked before anything is called.
create function fitout_run_changed() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    r record;
begin
    for r in
        update jobs j set
            status = case new.state when 'queued' then case when new.run_at > clock_timestamp() then 'PENDING' else 'QUEUED' end
                when 'running' then 'PROCESSING' when 'done' then 'COMPLETED' when 'failed' then 'FAILED' else 'CANCELLED' end,
            waits_until = case new.state when 'queued' then new.run_at end,
            progress = new.progress, step = new.step, worker_id = new.worker_id,
            retry_count = case new.state when 'queued' then new.attempt else greatest(new.attempt - 1, 0) end,
            error_code = new.error_code, error_message = new.error_message, result = coalesce(new.result, j.result),
            started_at = new.started_at, completed_at = new.finished_at
        where j.tenant_id = new.tenant_id and j.run_id = new.id and j.status in ('PENDING', 'QUEUED', 'PROCESSING')
        returning j.tenant_id, j.id
    loop
        perform pg_notify('fitout_events', json_build_object('tenant', r.tenant_id, 'kind', 'job.updated', 'data', json_build_object('id', r.id))::text);
    end loop;
    return null;
end $$;
drop trigger job_runs_keep_jobs_in_step on job_runs;
drop function fitout_runs_changed();
create trigger job_runs_keep_jobs_in_step after update on job_runs for each row
    when (new.watched and (new.state, new.progress, new.step, new.attempt, new.worker_id)
        is distinct from (old.state, old.progress, old.step, old.attempt, old.worker_id))
    execute function fitout_run_changed();

-- Ids that grow with time (RFC 9562, version 7: milliseconds, then chance) keep what is claimed together together in the index.
create function fitout_time_id() returns uuid language sql volatile set search_path = public, pg_temp
as $$ select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$;
alter table job_runs alter column id set default fitout_time_id();

-- Claims as `fitout_claim` does, for the servers of this release: what a worker needs and no more, the rows by their place, and tenants are
-- only weighed against each other where there are several. (`fitout_claim` goes with the next release, when no older server is left.)
create function fitout_take(p_kind text, p_worker text, p_limit integer, p_lease double precision)
    returns table (id uuid, tenant_id uuid, key text, payload jsonb, fence bigint, attempt integer, max_attempts integer, priority smallint,
        run_at timestamptz)
    language plpgsql set search_path = public, pg_temp
    -- The same whatever it is asked: planning it anew for a connection's first calls takes longer than it does.
    set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    v_tenants uuid[];
    v_places tid[] := '{}';
    v_more tid[];
    v_share integer;
    v_tenant uuid;
begin
    -- Distinct tenants by skipping through the index: work grows with tenants, not with the queue.
    with recursive waiting as (
        (select r.tenant_id from job_runs r where r.state = 'queued' and r.kind = p_kind order by r.tenant_id limit 1)
        union all
        select (select r.tenant_id from job_runs r where r.state = 'queued' and r.kind = p_kind and r.tenant_id > w.tenant_id
                order by r.tenant_id limit 1)
        from waiting w where w.tenant_id is not null
    )
    select array_agg(w.tenant_id) into v_tenants from waiting w where w.tenant_id is not null;
    if v_tenants is null then
        return;
    end if;
    if cardinality(v_tenants) > 1 then
        select array_agg(w.tenant_id order by coalesce(g.n, 0), s.served_at nulls first, w.tenant_id) into v_tenants
        from unnest(v_tenants) w (tenant_id)
        left join (select r.tenant_id, count(*) as n from job_runs r where r.state = 'running' and r.kind = p_kind group by r.tenant_id) g
            on g.tenant_id = w.tenant_id
        left join job_turns s on s.kind = p_kind and s.tenant_id = w.tenant_id;
    end if;
    -- First an equal share each, then what is left over to whoever still has work.
    v_share := greatest(1, p_limit / cardinality(v_tenants));
    for pass in 1..2 loop
        foreach v_tenant in array v_tenants loop
            exit when cardinality(v_places) >= p_limit;
            select array_agg(x.place) into v_more from (
                select r.ctid as place from job_runs r
                where r.state = 'queued' and r.kind = p_kind and r.tenant_id = v_tenant and r.run_at <= now() and r.ctid <> all (v_places)
                order by r.priority desc, r.run_at, r.id
                limit case pass when 1 then least(v_share, p_limit - cardinality(v_places)) else p_limit - cardinality(v_places) end
                for update skip locked) x;
            v_places := v_places || coalesce(v_more, '{}');
        end loop;
        exit when cardinality(v_places) >= p_limit or cardinality(v_tenants) = 1;
    end loop;
    if cardinality(v_places) = 0 then
        return;
    end if;
    if cardinality(v_tenants) > 1 then
        insert into job_turns as s (kind, tenant_id, served_at)
        select p_kind, x.tenant_id, clock_timestamp() from (select distinct r.tenant_id from job_runs r where r.ctid = any (v_places)) x
        order by x.tenant_id
        on conflict (kind, tenant_id) do update set served_at = excluded.served_at;
    end if;
    -- They are locked: nothing moves them from their places.
    return query
        update job_runs r set state = 'running', worker_id = p_worker, fence = r.fence + 1, attempt = r.attempt + 1,
            lease_until = clock_timestamp() + make_interval(secs => p_lease), started_at = coalesce(r.started_at, clock_timestamp())
        where r.ctid = any (v_places) and r.state = 'queued'
        returning r.id, r.tenant_id, r.key, r.payload, r.fence, r.attempt, r.max_attempts, r.priority, r.run_at;
end $$;
revoke execute on function fitout_take(text, text, integer, double precision) from public;
