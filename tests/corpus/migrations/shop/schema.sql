CREATE TABLE orders (id bigserial PRIMARY KEY, total bigint NOT NULL DEFAULT 0);
