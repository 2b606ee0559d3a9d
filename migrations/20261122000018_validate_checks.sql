-- Checks of the two files before, on the rows that were there already.
alter table embeds validate constraint embeds_customer_length;
alter table mails validate constraint mails_attachment_whole;
