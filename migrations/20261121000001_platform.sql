-- Platform tables: people, workspaces, sessions. They have no row-level security; only `Store::platform(reason)` reaches them.

create extension if not exists pg_trgm;
create extension if not exists fuzzystrmatch;
create extension if not exists postgis;

-- The role that tenant transactions take. It cannot sign in and cannot pass row-level security. Roles belong to the whole cluster, so
-- another database may have made it already, even at this very moment.
do $$
begin
    if not exists (select from pg_roles where rolname = 'fitout_app') then
        create role fitout_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
    end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant fitout_app to %I', current_user);
    end if;
end $$;
grant usage on schema public to fitout_app;

create table users (
    id uuid constraint users_pk primary key,
    email text not null constraint users_email_is_lower check (email = lower(email)),
    name text not null constraint users_name_length check (length(name) between 1 and 200),
    password_hash text not null,
    last_tenant_id uuid,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz,
    disabled_at timestamptz,
    constraint users_email_unique unique (email)
);

create table tenants (
    id uuid constraint tenants_pk primary key,
    name text not null constraint tenants_name_length check (length(name) between 1 and 200),
    slug text constraint tenants_slug_unique unique,
    currency text not null default 'USD' constraint tenants_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
    kind text not null constraint tenants_kind_known check (kind in ('organization', 'personal', 'showcase')),
    created_at timestamptz not null default now(),
    disabled_at timestamptz
);
create unique index tenants_one_showcase on tenants (kind) where kind = 'showcase';
alter table users add constraint users_last_tenant_exists foreign key (last_tenant_id) references tenants (id) on delete set null;

create table memberships (
    user_id uuid not null constraint memberships_user_exists references users (id) on delete cascade,
    tenant_id uuid not null constraint memberships_tenant_exists references tenants (id) on delete cascade,
    role text not null constraint memberships_role_known
        check (role in ('admin', 'designer', 'sales_rep', 'viewer', 'facility_manager', 'catalog_admin')),
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint memberships_pk primary key (user_id, tenant_id)
);
create index memberships_by_tenant on memberships (tenant_id, user_id);

-- A session is a family of refresh tokens. Access tokens name it, so that ending it acts at once.
create table sessions (
    id uuid constraint sessions_pk primary key,
    user_id uuid not null constraint sessions_user_exists references users (id) on delete cascade,
    tenant_id uuid not null constraint sessions_tenant_exists references tenants (id) on delete cascade,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    agent text,
    ip text
);
create index sessions_by_user on sessions (user_id) where revoked_at is null;

-- Tokens themselves are never stored, only their SHA-256. A child token is derived from its parent by the caller (HMAC), so that the
-- grace answer can be given again without storing it.
create table refresh_tokens (
    id uuid constraint refresh_tokens_pk primary key,
    session_id uuid not null constraint refresh_tokens_session_exists references sessions (id) on delete cascade,
    parent_id uuid constraint refresh_tokens_parent_exists references refresh_tokens (id) on delete cascade,
    token_hash bytea not null constraint refresh_tokens_hash_unique unique,
    created_at timestamptz not null,
    used_at timestamptz,
    expires_at timestamptz not null,
    constraint refresh_tokens_one_child unique (parent_id)
);
create index refresh_tokens_by_session on refresh_tokens (session_id);

create table password_resets (
    token_hash bytea constraint password_resets_pk primary key,
    user_id uuid not null constraint password_resets_user_exists references users (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index password_resets_by_user on password_resets (user_id);

create table invitations (
    id uuid constraint invitations_pk primary key,
    tenant_id uuid not null constraint invitations_tenant_exists references tenants (id) on delete cascade,
    email text not null constraint invitations_email_is_lower check (email = lower(email)),
    role text not null constraint invitations_role_known
        check (role in ('admin', 'designer', 'sales_rep', 'viewer', 'facility_manager', 'catalog_admin')),
    token_hash bytea not null constraint invitations_hash_unique unique,
    invited_by uuid constraint invitations_inviter_exists references users (id) on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz
);
create unique index invitations_one_open on invitations (tenant_id, email) where accepted_at is null;

create table login_failures (
    id bigint generated always as identity constraint login_failures_pk primary key,
    email text not null,
    ip text,
    at timestamptz not null
);
create index login_failures_by_account on login_failures (email, at);

create table idempotency_keys (
    scope text not null,
    key text not null constraint idempotency_keys_length check (length(key) between 1 and 255),
    request_hash text not null,
    status smallint,
    body bytea,
    created_at timestamptz not null default now(),
    -- While the first request runs. Past this time the claim counts as abandoned (the server died).
    busy_until timestamptz,
    constraint idempotency_keys_pk primary key (scope, key),
    constraint idempotency_keys_whole check ((status is null) = (body is null))
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
