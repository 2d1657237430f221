ALTER TABLE invoices VALIDATE CONSTRAINT amount_not_negative;
