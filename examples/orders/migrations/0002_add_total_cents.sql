-- Expand: a column that may be empty is added without a rewrite and without reading the table.
ALTER TABLE orders ADD COLUMN total_cents bigint;

-- Revision 2.3 no longer writes `total`, so an order without it has to be allowed first.
ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;
