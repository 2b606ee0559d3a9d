-- Technical drawings are files like the others. Old servers never write one; the wider check takes the place of the narrow one.
alter table asset_variants drop constraint asset_variants_kind_known;
alter table asset_variants
    add constraint asset_variants_kind_known
    check (kind in ('glb', 'usdz', 'still', 'drawing', 'turntable', 'sheet', 'lod1', 'lod2', 'sketch', 'symbol', 'preview', 'png', 'jpeg', 'webp')) not valid;
