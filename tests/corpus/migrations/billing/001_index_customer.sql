CREATE INDEX CONCURRENTLY invoices_customer_id ON invoices (customer_id);
