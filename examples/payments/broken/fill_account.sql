UPDATE charges SET account_id = customer_id WHERE account_id IS NULL;
