-- A turn of the product as a film is a file like the others. Old servers never write one; the wider check takes the place of the narrow one.
alter table asset_variants drop constraint asset_variants_kind_known;
alter table asset_variants
    add constraint asset_variants_kind_known check (kind in ('glb', 'usdz', 'still', 'drawing', 'turntable')) not valid;
