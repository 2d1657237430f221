-- Expand: charges of the old revision have no key, so it may be empty.
ALTER TABLE charges ADD COLUMN idempotency_key uuid;

-- Built while charges are written. Not inside a transaction; when it fails, drop the invalid index and run it again.
CREATE UNIQUE INDEX CONCURRENTLY charges_idempotency_key_idx ON charges (idempotency_key);
