ALTER TABLE charges ADD COLUMN account_id bigint;
