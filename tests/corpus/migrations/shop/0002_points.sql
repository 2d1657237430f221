CREATE TABLE points (
  order_id bigint PRIMARY KEY,
  amount integer NOT NULL
);
