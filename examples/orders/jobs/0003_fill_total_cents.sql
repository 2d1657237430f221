-- Backfill: one batch, in a transaction of its own. Repeated, with a pause, until it changes no row.
-- Rows that somebody else is changing are left for the next batch instead of being waited for.
UPDATE orders
SET total_cents = round(total * 100)::bigint
WHERE id IN (
    SELECT id
    FROM orders
    WHERE total_cents IS NULL
    ORDER BY id
    LIMIT 5000
    FOR UPDATE SKIP LOCKED
);
