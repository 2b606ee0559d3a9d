-- A mail may carry one file, stored with it: it goes out as it was when its cause happened.
alter table mails add column attachment_name text;
alter table mails add column attachment bytea;
alter table mails add constraint mails_attachment_whole check ((attachment is null) = (attachment_name is null)) not valid;
