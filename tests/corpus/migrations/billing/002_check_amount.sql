ALTER TABLE invoices ADD CONSTRAINT amount_not_negative CHECK (amount_cents >= 0) NOT VALID;
