ALTER TABLE rooms ADD COLUMN floor_id bigint;
