-- Saved configurations lie in folders: a name on the row, no rows of their own, so that an empty folder is gone by itself.
alter table configurations add column folder text not null default '' constraint configurations_folder_length check (length(folder) <= 100);
create index configurations_by_folder on configurations (tenant_id, folder, created_at desc, id desc) where deleted_at is null;
