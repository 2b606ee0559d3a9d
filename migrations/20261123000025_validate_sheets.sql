-- The check of the file before, on the rows that were there already.
alter table asset_variants validate constraint asset_variants_kind_known;
