ALTER TABLE contacts ADD COLUMN phone_e164 text;
