-- Look-ups past row-level security. Under a policy, operators that are not leakproof (`ilike`, `%`, `<%`) lose their index, and visitors
-- have no tenant yet; so these few functions run as the owner, with a mandatory tenant or an unguessable token.

-- Ids and scores of products that fit. Score 0 without words. Every word must be found: literally, or by trigrams (typos).
-- When no product has all words that way, words within a small edit distance of a word of name or SKU count too.
create function fitout_product_hits(p_tenant uuid, p_words text[], p_categories text[], p_min bigint, p_max bigint, p_in_stock boolean,
    p_configurable boolean, p_drafts boolean)
    returns table (id uuid, score integer, category text)
    language plpgsql stable security definer set search_path = public, pg_temp set pg_trgm.word_similarity_threshold = 0.45 as $$
declare
    v_first text;
begin
    if p_tenant is null then
        raise exception 'product search needs a tenant' using errcode = 'insufficient_privilege';
    end if;
    if cardinality(p_words) = 0 then
        return query select p.id, 0, p.category from products p
            where p.tenant_id = p_tenant and (p_drafts or p.published_version is not null)
              and (cardinality(p_categories) = 0 or p.category = any (p_categories))
              and (p_min is null or p.price_minor >= p_min) and (p_max is null or p.price_minor <= p_max)
              and (not p_in_stock or p.stock > 0) and (p_configurable is null or p.configurable = p_configurable);
        return;
    end if;
    -- The longest word narrows by index; the others check what is left. `\`, `%` and `_` arrive escaped in p_words' pattern below.
    select w into v_first from unnest(p_words) w order by length(w) desc, w limit 1;
    return query
        select p.id,
            (select (1000 * avg(greatest(word_similarity(w, lower(p.name)), word_similarity(w, p.search_text) * 0.8::real,
                case when lower(p.sku) like fitout_like(w) || '%' then 1.0::real else 0.0::real end)))::integer from unnest(p_words) w),
            p.category
        from products p
        where p.tenant_id = p_tenant and (p.search_text like '%' || fitout_like(v_first) || '%' or v_first <% p.search_text)
          and (select bool_and(p.search_text like '%' || fitout_like(w) || '%' or w <% p.search_text) from unnest(p_words) w)
          and (p_drafts or p.published_version is not null)
          and (cardinality(p_categories) = 0 or p.category = any (p_categories))
          and (p_min is null or p.price_minor >= p_min) and (p_max is null or p.price_minor <= p_max)
          and (not p_in_stock or p.stock > 0) and (p_configurable is null or p.configurable = p_configurable);
    if found then
        return;
    end if;
    return query
        select p.id, 1, p.category from products p
        where p.tenant_id = p_tenant and (p_drafts or p.published_version is not null)
          and (cardinality(p_categories) = 0 or p.category = any (p_categories))
          and (p_min is null or p.price_minor >= p_min) and (p_max is null or p.price_minor <= p_max)
          and (not p_in_stock or p.stock > 0) and (p_configurable is null or p.configurable = p_configurable)
          and (select bool_and(exists (
                select from regexp_split_to_table(lower(p.sku || ' ' || p.name || ' ' || p.category), '[^[:alnum:]]+') token
                where length(token) between 3 and 60 and length(w) between 4 and 60
                  and levenshtein_less_equal(token, w, case when length(w) >= 5 then 2 else 1 end)
                      <= case when length(w) >= 5 then 2 else 1 end))
               from unnest(p_words) w);
end $$;

create function fitout_like(word text) returns text language sql immutable parallel safe
as $$ select replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') $$;

revoke execute on function fitout_product_hits(uuid, text[], text[], bigint, bigint, boolean, boolean, boolean) from public;
grant execute on function fitout_product_hits(uuid, text[], text[], bigint, bigint, boolean, boolean, boolean) to fitout_app;

-- Where a share link leads. Nothing for removed configurations and disabled workspaces.
create function fitout_by_share_token(p_token text, out tenant_id uuid, out configuration_id uuid) returns setof record
    language sql stable security definer set search_path = public, pg_temp as $$
    select c.tenant_id, c.id from configurations c join tenants t on t.id = c.tenant_id
    where c.share_token = p_token and c.deleted_at is null and t.disabled_at is null
$$;
revoke execute on function fitout_by_share_token(text) from public;
grant execute on function fitout_by_share_token(text) to fitout_app;

-- Which file lies behind an unguessable address.
create function fitout_by_file_token(p_token text) returns setof asset_variants
    language sql stable security definer set search_path = public, pg_temp as $$
    select a.* from asset_variants a join tenants t on t.id = a.tenant_id
    where a.file_token = p_token and a.status = 'ready' and t.disabled_at is null
$$;
revoke execute on function fitout_by_file_token(text) from public;
grant execute on function fitout_by_file_token(text) to fitout_app;
