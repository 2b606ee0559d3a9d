-- Lowest price of any valid configuration, where publishing proved it; and the digits after the point of the product's currency, so that
-- prices of different currencies can be held against one amount in major units.
alter table products add column from_minor bigint;
alter table products add column currency_digits smallint not null default 2;
