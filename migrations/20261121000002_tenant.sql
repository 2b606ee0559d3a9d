-- Tenant tables. Each carries tenant_id, forced row-level security, composite foreign keys and an index that begins with tenant_id.

-- The tenant of this transaction; null when none is set. Stable, so that policies keep their index.
create function fitout_tenant() returns uuid language sql stable parallel safe
as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- Row-level security as every tenant table has it. Forced: it binds the owner too, unless the owner may bypass it.
create function fitout_isolate(t regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('create policy tenant_isolation on %s using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid) '
        'with check (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
    execute format('grant select, insert, update, delete on %s to fitout_app', t);
end $$;
revoke execute on function fitout_isolate(regclass) from public;

create table products (
    tenant_id uuid not null constraint products_tenant_exists references tenants (id),
    id uuid not null,
    sku text not null constraint products_sku_length check (length(sku) between 1 and 100),
    name text not null constraint products_name_length check (length(name) between 1 and 200),
    category text not null,
    description text not null default '',
    status text not null default 'draft' constraint products_status_known check (status in ('draft', 'published')),
    -- The draft as written. `json`, not `jsonb`: the order of options is the author's.
    definition json not null,
    template_version text not null default '',
    published_version bigint,
    -- Facts of the default configuration of the published version.
    default_key text,
    price_minor bigint not null default 0,
    currency text not null constraint products_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
    width_dmm integer not null default 0,   -- tenths of a millimetre
    depth_dmm integer not null default 0,
    height_dmm integer not null default 0,
    size_range text not null default '',
    configurable boolean not null default true,
    stock integer not null default 0 constraint products_stock_not_negative check (stock >= 0),
    availability text not null default '',
    embodied_carbon_kg double precision,
    recycled_content_pct double precision,
    search_text text generated always as (lower(sku || ' ' || name || ' ' || category || ' ' || description)) stored,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint products_pk primary key (tenant_id, id),
    constraint products_sku_unique unique (tenant_id, sku)
);
create index products_by_name on products (tenant_id, lower(name), id);
create index products_by_words on products using gin (search_text gin_trgm_ops);

create table product_versions (
    tenant_id uuid not null,
    product_id uuid not null,
    version bigint not null,
    template_version text not null,
    definition json not null,
    compiled json not null,
    compiled_hash text not null,
    created_at timestamptz not null default now(),
    constraint product_versions_pk primary key (tenant_id, product_id, version),
    constraint product_versions_product_exists foreign key (tenant_id, product_id) references products (tenant_id, id)
);

create table configurations (
    tenant_id uuid not null,
    id uuid not null,
    product_id uuid not null,
    version bigint not null,
    user_id uuid constraint configurations_user_exists references users (id) on delete set null,
    name text not null constraint configurations_name_length check (length(name) between 1 and 200),
    config_data jsonb not null,
    key text not null,
    variant_code text not null default '',
    price jsonb not null,
    share_token text constraint configurations_share_unique unique,
    shared_at timestamptz,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint configurations_pk primary key (tenant_id, id),
    constraint configurations_version_exists foreign key (tenant_id, product_id, version)
        references product_versions (tenant_id, product_id, version)
);
create index configurations_newest on configurations (tenant_id, created_at desc, id desc) where deleted_at is null;
create index configurations_by_product on configurations (tenant_id, product_id, version);

-- Files of one configuration, by the artefact's key (which includes generator and format).
create table asset_variants (
    tenant_id uuid not null constraint asset_variants_tenant_exists references tenants (id),
    key text not null,
    kind text not null constraint asset_variants_kind_known check (kind in ('glb', 'usdz', 'still', 'drawing')),
    status text not null default 'pending' constraint asset_variants_status_known check (status in ('pending', 'ready', 'failed')),
    product_id uuid,
    blob_key text,
    sha256 text,
    bytes bigint,
    file_token text not null constraint asset_variants_token_unique unique,
    bounding_box_dmm integer[] constraint asset_variants_box_is_3 check (cardinality(bounding_box_dmm) = 3),
    blender_version text,
    created_at timestamptz not null default now(),
    ready_at timestamptz,
    constraint asset_variants_pk primary key (tenant_id, key, kind),
    constraint asset_variants_ready_is_whole check (status <> 'ready' or (blob_key is not null and sha256 is not null and bytes is not null)),
    constraint asset_variants_product_exists foreign key (tenant_id, product_id) references products (tenant_id, id)
);
-- Equal files are found across workspaces (platform transactions only).
create index asset_variants_by_key on asset_variants (key, kind) where status = 'ready';
create index asset_variants_by_product on asset_variants (tenant_id, product_id);

-- One row per request. Identical requests share a run (`job_runs`), which keeps their rows in step.
create table jobs (
    tenant_id uuid not null constraint jobs_tenant_exists references tenants (id),
    id uuid not null,
    kind text not null constraint jobs_kind_length check (length(kind) between 1 and 40),
    run_id uuid,
    configuration_id uuid,
    product_id uuid,
    requested_by uuid constraint jobs_requester_exists references users (id) on delete set null,
    status text not null constraint jobs_status_known
        check (status in ('PENDING', 'QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    progress smallint not null default 0 constraint jobs_progress_in_range check (progress between 0 and 100),
    step text not null default '',
    cache_hit boolean not null default false,
    error_code text,
    error_message text,
    retry_count integer not null default 0,
    max_retries integer not null default 3,
    worker_id text,
    result jsonb,
    -- What the request was, for "again" and for lists.
    request jsonb not null default '{}',
    key text not null default '',
    title text not null default '',
    sku text not null default '',
    variant_code text not null default '',
    created_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    constraint jobs_pk primary key (tenant_id, id),
    constraint jobs_configuration_exists foreign key (tenant_id, configuration_id) references configurations (tenant_id, id),
    constraint jobs_product_exists foreign key (tenant_id, product_id) references products (tenant_id, id)
);
create index jobs_newest on jobs (tenant_id, created_at desc, id desc);
create index jobs_by_run on jobs (tenant_id, run_id) where run_id is not null;
create index jobs_by_key on jobs (tenant_id, key);

create table mails (
    tenant_id uuid not null constraint mails_tenant_exists references tenants (id),
    id uuid not null,
    recipient text not null,
    subject text not null,
    body text not null,
    state text not null constraint mails_state_known check (state in ('waiting', 'kept', 'sent', 'failed')),
    error text,
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    constraint mails_pk primary key (tenant_id, id)
);
create index mails_newest on mails (tenant_id, created_at desc, id desc);

-- Audit log: one hash chain per tenant. `json` keeps the text as it was hashed.
create table audit_log (
    tenant_id uuid not null constraint audit_log_tenant_exists references tenants (id),
    seq bigint not null,
    at timestamptz not null,
    actor text not null,
    actor_id uuid,
    action text not null,
    subject text not null,
    before json,
    after json,
    ip text,
    agent text,
    prev_hash bytea not null,
    hash bytea not null,
    constraint audit_log_pk primary key (tenant_id, seq)
);
-- The chain's end: its row lock orders appends, and a cut-off tail shows.
create table audit_heads (
    tenant_id uuid not null constraint audit_heads_pk primary key constraint audit_heads_tenant_exists references tenants (id),
    seq bigint not null,
    hash bytea not null
);

create function fitout_audit_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_no_change before update or delete on audit_log for each row execute function fitout_audit_is_final();
create trigger audit_log_no_truncate before truncate on audit_log for each statement execute function fitout_audit_is_final();

select fitout_isolate('products');
select fitout_isolate('product_versions');
select fitout_isolate('configurations');
select fitout_isolate('asset_variants');
select fitout_isolate('jobs');
select fitout_isolate('mails');
select fitout_isolate('audit_log');
select fitout_isolate('audit_heads');
revoke update, delete on audit_log from fitout_app;
revoke delete on audit_heads from fitout_app;
revoke update, delete on product_versions from fitout_app;
-- Currency and name of the own workspace, for tenant transactions.
create function fitout_own_tenant(out name text, out currency text, out kind text)
    language sql stable security definer set search_path = public, pg_temp
as $$ select t.name, t.currency, t.kind from tenants t where t.id = fitout_tenant() $$;
revoke execute on function fitout_own_tenant() from public;
grant execute on function fitout_own_tenant() to fitout_app;
