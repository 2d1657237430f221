-- Contract: only the catalogue changes. Nobody reads or writes the column any more, rollback targets included.
ALTER TABLE orders DROP COLUMN total;
