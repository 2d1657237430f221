UPDATE contacts
SET phone_e164 = '+' || regexp_replace(phone, '[^0-9]', '', 'g')
WHERE phone_e164 IS NULL AND phone IS NOT NULL AND id BETWEEN :from AND :to;
