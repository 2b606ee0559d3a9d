-- What people upload: models and pictures, and what was made of them.

create table uploads (
    tenant_id uuid not null constraint uploads_tenant_exists references tenants (id),
    id uuid not null,
    name text not null constraint uploads_name_length check (length(name) between 1 and 200),
    -- As it was called where it came from.
    file_name text not null,
    kind text not null constraint uploads_kind_known check (kind in ('model', 'picture')),
    status text not null default 'waiting' constraint uploads_status_known check (status in ('waiting', 'ready', 'refused')),
    -- What a person said of lengths and axes; null: to be found out.
    unit text constraint uploads_unit_known check (unit in ('mm', 'cm', 'm', 'inch', 'foot')),
    up text constraint uploads_up_known check (up in ('y', 'z')),
    -- The file as it came.
    blob_key text not null,
    sha256 text not null,
    bytes bigint not null,
    -- Files made of it: `asset_variants.key`.
    files_key text,
    -- Sizes, levels, notes.
    facts jsonb not null default '{}',
    refusal_code text,
    refusal text,
    job_id uuid,
    created_by uuid constraint uploads_person_exists references users (id) on delete set null,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint uploads_pk primary key (tenant_id, id),
    constraint uploads_job_exists foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);
create index uploads_newest on uploads (tenant_id, created_at desc, id desc) where deleted_at is null;
-- The very same file is taken once.
create unique index uploads_same on uploads (tenant_id, sha256) where deleted_at is null;
create index uploads_by_files on uploads (tenant_id, files_key) where files_key is not null;
create index uploads_by_job on uploads (tenant_id, job_id) where job_id is not null;
select fitout_isolate('uploads');

-- Coarser levels, drawings and small pictures of uploads are files like the others.
alter table asset_variants drop constraint asset_variants_kind_known;
alter table asset_variants
    add constraint asset_variants_kind_known
    check (kind in ('glb', 'usdz', 'still', 'drawing', 'turntable', 'lod1', 'lod2', 'sketch', 'symbol', 'preview', 'png', 'jpeg', 'webp')) not valid;
