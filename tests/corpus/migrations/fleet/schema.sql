CREATE TABLE vehicles (id bigserial PRIMARY KEY, plate text NOT NULL);
