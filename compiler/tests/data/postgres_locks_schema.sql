-- The schema on which the statements of postgres_locks.tsv were measured, with 100,000 rows in t and t2.
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE DOMAIN posint AS int CHECK (VALUE > 0);
CREATE SEQUENCE s;
CREATE TABLE ref (id int PRIMARY KEY);
CREATE TABLE t (
  id int PRIMARY KEY,
  a int,
  b varchar(50),
  bt text,
  vc varchar(50),
  uq int,
  n int NOT NULL,
  ref_id int,
  num numeric(10, 2),
  d timestamp,
  dflt int DEFAULT 1,
  m mood
);
CREATE INDEX t_a_idx ON t (a);
CREATE INDEX t_vc_idx ON t (vc);
CREATE UNIQUE INDEX t_uq_idx ON t (uq);
ALTER TABLE t ADD CONSTRAINT t_a_nn CHECK (a IS NOT NULL) NOT VALID;
ALTER TABLE t ADD CONSTRAINT t_ref_fk_nv FOREIGN KEY (ref_id) REFERENCES ref (id) NOT VALID;
CREATE TABLE t2 (id int PRIMARY KEY, a int, uq int, vc varchar(50), ref_id int, m mood);
ALTER TABLE t2 ADD CONSTRAINT t2_a_nn CHECK (a IS NOT NULL);
ALTER TABLE t2 ADD CONSTRAINT t2_ref_fk FOREIGN KEY (ref_id) REFERENCES ref (id);
CREATE INDEX t2_a_idx ON t2 (a);
CREATE VIEW v AS SELECT id FROM t2;
CREATE MATERIALIZED VIEW mv AS SELECT id, a FROM t;
CREATE UNIQUE INDEX mv_id_idx ON mv (id);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE tf();
CREATE TABLE p (k int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 (k int);
CREATE TABLE p3 (k int NOT NULL, CHECK (k >= 20 AND k < 30));
