CREATE TYPE room_kind AS ENUM ('office', 'meeting');
CREATE TABLE floors (id bigserial PRIMARY KEY, name text NOT NULL);
CREATE TABLE rooms (id bigserial PRIMARY KEY, name text NOT NULL, kind room_kind NOT NULL);
