-- Configurators on other sites: where they may stand, how they look, how they are used; and the people who ask about what they configured there.

create table embeds (
    tenant_id uuid not null constraint embeds_tenant_exists references tenants (id),
    id uuid not null,
    -- In other sites' pages: `emb_…`.
    public_id text not null constraint embeds_public_id_unique unique,
    name text not null constraint embeds_name_length check (length(name) between 1 and 200),
    -- The one product that it shows; null: any published product of the workspace.
    product_id uuid,
    -- Exact origins that may show it: `https://shop.example`.
    origins text[] not null default '{}' constraint embeds_origins_few check (cardinality(origins) <= 50),
    theme jsonb not null default '{}',
    -- Who is told of a lead.
    notify text,
    enabled boolean not null default true,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint embeds_pk primary key (tenant_id, id),
    constraint embeds_product_exists foreign key (tenant_id, product_id) references products (tenant_id, id)
);
create index embeds_newest on embeds (tenant_id, created_at desc, id desc) where deleted_at is null;
select fitout_isolate('embeds');

-- How often, by day: no row tells of a person.
create table embed_days (
    tenant_id uuid not null,
    embed_id uuid not null,
    day date not null,
    opened bigint not null default 0,
    changed bigint not null default 0,
    leads bigint not null default 0,
    constraint embed_days_pk primary key (tenant_id, embed_id, day),
    constraint embed_days_embed_exists foreign key (tenant_id, embed_id) references embeds (tenant_id, id)
);
select fitout_isolate('embed_days');

create table leads (
    tenant_id uuid not null constraint leads_tenant_exists references tenants (id),
    id uuid not null,
    embed_id uuid,
    configuration_id uuid not null,
    -- `question`, or `quote` when a quote is asked for.
    kind text not null constraint leads_kind_known check (kind in ('question', 'quote')),
    name text not null constraint leads_name_length check (length(name) between 1 and 200),
    email text not null,
    message text not null default '' constraint leads_message_length check (length(message) <= 4000),
    -- Page of the other site, without query.
    origin text not null default '',
    created_at timestamptz not null,
    constraint leads_pk primary key (tenant_id, id),
    constraint leads_embed_exists foreign key (tenant_id, embed_id) references embeds (tenant_id, id),
    constraint leads_configuration_exists foreign key (tenant_id, configuration_id) references configurations (tenant_id, id)
);
create index leads_newest on leads (tenant_id, created_at desc, id desc);
select fitout_isolate('leads');

-- A page of another site knows an embed by its public id alone: look it up past row-level security. Disabled workspaces are told apart, so that
-- their embeds can say so politely.
create function fitout_embed(p_public_id text, out tenant_id uuid, out embed_id uuid, out disabled boolean) returns setof record
    language sql stable security definer set search_path = public, pg_temp as $$
    select e.tenant_id, e.id, t.disabled_at is not null from embeds e join tenants t on t.id = e.tenant_id
    where e.public_id = p_public_id and e.deleted_at is null
$$;
revoke execute on function fitout_embed(text) from public;
grant execute on function fitout_embed(text) to fitout_app;
