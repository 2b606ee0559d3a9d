-- Configurations of one workspace that are saved at the same time are saved together: one transaction, one place in line for the end of the chain and
-- one commit for all of them. Rows first, then kept answers, then audit entries: the chain's end stays the last lock of a transaction.
-- (`fitout_save_configuration` goes with the next release, when no older server is left.)
create function fitout_save_configurations(p_tenant uuid, p_ids uuid[], p_products uuid[], p_versions bigint[], p_users uuid[], p_names text[], p_data jsonb[],
    p_keys text[], p_variants text[], p_prices jsonb[], p_at timestamptz[], p_artefacts text[], p_scopes text[], p_onces text[], p_hashes text[],
    p_statuses smallint[], p_bodies bytea[], p_actors text[], p_actions text[], p_subjects text[], p_before text[], p_after text[], p_ips text[],
    p_agents text[], p_channel text, p_news text[]) returns text[]
    language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
    perform set_config('role', 'fitout_app', true), set_config('app.tenant_id', p_tenant::text, true);
    insert into configurations (tenant_id, id, product_id, version, user_id, name, config_data, key, variant_code, price, created_at, updated_at)
    select p_tenant, r.id, r.product, r.version, r.person, r.name, r.data, r.key, r.variant, r.price, r.at, r.at
    from unnest(p_ids, p_products, p_versions, p_users, p_names, p_data, p_keys, p_variants, p_prices, p_at)
        r (id, product, version, person, name, data, key, variant, price, at);
    if exists (select from unnest(p_scopes, p_onces, p_hashes, p_statuses, p_bodies) o (scope, once, hash, status, body)
        where case when o.scope is null then false else not fitout_keep_answer(o.scope, o.once, o.hash, o.status, o.body) end) then
        raise exception 'this request is answered already' using errcode = 'FT001';
    end if;
    perform fitout_audit_append(e.at, e.actor, e.person, e.action, e.subject, e.before, e.after, e.ip, e.agent, p_channel, array[e.news])
    from unnest(p_at, p_actors, p_users, p_actions, p_subjects, p_before, p_after, p_ips, p_agents, p_news)
        e (at, actor, person, action, subject, before, after, ip, agent, news);
    return array(
        select (select a.file_token from asset_variants a where a.tenant_id = p_tenant and a.key = p.key and a.kind = 'still' and a.status = 'ready')
        from unnest(p_artefacts) with ordinality p (key, place) order by p.place);
end $$;
revoke execute on function fitout_save_configurations(uuid, uuid[], uuid[], bigint[], uuid[], text[], jsonb[], text[], text[], jsonb[], timestamptz[],
    text[], text[], text[], text[], smallint[], bytea[], text[], text[], text[], text[], text[], text[], text[], text, text[]) from public;
