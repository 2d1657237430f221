ALTER TABLE vehicles ADD COLUMN electric boolean NOT NULL DEFAULT false;
