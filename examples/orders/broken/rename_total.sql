-- Breaks old and new code in either order: one of them always asks for a column that is not there.
ALTER TABLE orders RENAME COLUMN total TO total_cents;
