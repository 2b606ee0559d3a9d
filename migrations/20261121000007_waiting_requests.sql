-- A request is PENDING while its run waits for its time (a retry after 1, 2, 4 s), QUEUED while it waits for a worker. A retry counts
-- from the moment it is decided, so that whoever waits for it can be told which one it is.
-- Until when a PENDING request waits. Past it the request reads as QUEUED, whether or not a worker lives to say so.
alter table jobs add column waits_until timestamptz;

create or replace function fitout_runs_changed() returns trigger
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
            status = case c.state when 'queued' then case when c.run_at > clock_timestamp() then 'PENDING' else 'QUEUED' end
                when 'running' then 'PROCESSING' when 'done' then 'COMPLETED' when 'failed' then 'FAILED' else 'CANCELLED' end,
            waits_until = case c.state when 'queued' then c.run_at end,
            progress = c.progress, step = c.step, worker_id = c.worker_id,
            retry_count = case c.state when 'queued' then c.attempt else greatest(c.attempt - 1, 0) end,
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

-- The waiting time of a run is over: its requests say so. Passes over a run that is being claimed this very moment.
create function fitout_due(p_run uuid) returns integer
    language plpgsql set search_path = public, pg_temp as $$
declare
    r record;
    v_told integer := 0;
begin
    perform from job_runs q where q.id = p_run and q.state = 'queued' and q.run_at <= clock_timestamp() for update skip locked;
    if not found then
        return 0;
    end if;
    for r in update jobs j set status = 'QUEUED' from job_runs q
        where q.id = p_run and j.tenant_id = q.tenant_id and j.run_id = p_run and j.status = 'PENDING' returning j.tenant_id, j.id
    loop
        v_told := v_told + 1;
        perform pg_notify('fitout_events', json_build_object('tenant', r.tenant_id, 'kind', 'job.updated', 'data', json_build_object('id', r.id))::text);
    end loop;
    return v_told;
end $$;
revoke execute on function fitout_due(uuid) from public;
