-- What a request's run took: told to the workspace that asked, which can't see the engine's own table.
create function fitout_run_of_job(p_job uuid)
    returns table (waited_ms bigint, run_ms bigint, attempts integer, peak_memory bigint, log_tail text)
    language sql stable security definer set search_path = public, pg_temp as $$
    select (extract(epoch from coalesce(r.started_at, clock_timestamp()) - r.created_at) * 1000)::bigint,
        (extract(epoch from coalesce(r.finished_at, clock_timestamp()) - r.started_at) * 1000)::bigint,
        r.attempt, r.peak_memory, r.log_tail
    from jobs j join job_runs r on r.id = j.run_id and r.tenant_id = j.tenant_id
    where j.tenant_id = fitout_tenant() and j.id = p_job
$$;
revoke execute on function fitout_run_of_job(uuid) from public;
grant execute on function fitout_run_of_job(uuid) to fitout_app;
