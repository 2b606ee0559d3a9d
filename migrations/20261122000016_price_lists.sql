-- Price lists: whose, from when to when, in which currency, and what they make of the products' own prices.

create table price_lists (
    tenant_id uuid not null constraint price_lists_tenant_exists references tenants (id),
    id uuid not null,
    name text not null constraint price_lists_name_length check (length(name) between 1 and 200),
    -- ISO 4217.
    currency text not null constraint price_lists_currency_code check (currency ~ '^[A-Z]{3}$'),
    -- For whom; null: for everyone.
    customer text constraint price_lists_customer_length check (length(customer) between 1 and 200),
    -- Only for those who ask for its currency.
    on_request boolean not null default false,
    -- First day, and the first day on which it holds no more.
    starts date not null,
    ends date constraint price_lists_ends_later check (ends > starts),
    -- Changes, grades, volume breaks, rates, rounding.
    rules jsonb not null,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint price_lists_pk primary key (tenant_id, id)
);
create index price_lists_newest on price_lists (tenant_id, starts desc, id desc) where deleted_at is null;
select fitout_isolate('price_lists');

-- What the products' default, and cheapest, configurations cost under a list that is for everyone: the catalogue filters by it.
create table listed_prices (
    tenant_id uuid not null,
    list_id uuid not null,
    product_id uuid not null,
    currency text not null,
    currency_digits smallint not null,
    price_minor bigint not null,
    from_minor bigint,
    constraint listed_prices_pk primary key (tenant_id, list_id, product_id),
    constraint listed_prices_list_exists foreign key (tenant_id, list_id) references price_lists (tenant_id, id),
    constraint listed_prices_product_exists foreign key (tenant_id, product_id) references products (tenant_id, id)
);
select fitout_isolate('listed_prices');

-- Whose prices an embed shows; null: everyone's.
alter table embeds add column customer text;
alter table embeds add constraint embeds_customer_length check (length(customer) between 1 and 200) not valid;
