-- A configuration is saved in one call: row, kept answer, audit entry and announcement commit together, as before, but over one round trip instead
-- of five. The restricted role and the tenant are taken first, so that row-level security holds for all of it. The chain's end is the last lock.
create function fitout_save_configuration(p_tenant uuid, p_id uuid, p_product uuid, p_version bigint, p_user uuid, p_name text, p_data jsonb, p_key text,
    p_variant text, p_price jsonb, p_at timestamptz, p_artefact text, p_once text[], p_status smallint, p_body bytea, p_actor text, p_action text,
    p_subject text, p_before text, p_after text, p_ip text, p_agent text, p_channel text, p_news text[]) returns text
    language plpgsql set search_path = public, pg_temp as $$
declare
    v_still text;
begin
    perform set_config('role', 'fitout_app', true), set_config('app.tenant_id', p_tenant::text, true);
    insert into configurations (tenant_id, id, product_id, version, user_id, name, config_data, key, variant_code, price, created_at, updated_at)
    values (p_tenant, p_id, p_product, p_version, p_user, p_name, p_data, p_key, p_variant, p_price, p_at, p_at);
    if p_once is not null and not fitout_keep_answer(p_once[1], p_once[2], p_once[3], p_status, p_body) then
        raise exception 'this request is answered already' using errcode = 'FT001';
    end if;
    select a.file_token into v_still from asset_variants a
        where a.tenant_id = p_tenant and a.key = p_artefact and a.kind = 'still' and a.status = 'ready';
    perform fitout_audit_append(p_at, p_actor, p_user, p_action, p_subject, p_before, p_after, p_ip, p_agent, p_channel, p_news);
    return v_still;
end $$;
revoke execute on function fitout_save_configuration(uuid, uuid, uuid, bigint, uuid, text, jsonb, text, text, jsonb, timestamptz, text, text[], smallint,
    bytea, text, text, text, text, text, text, text, text, text[]) from public;
