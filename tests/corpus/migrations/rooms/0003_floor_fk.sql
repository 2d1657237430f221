ALTER TABLE rooms ADD CONSTRAINT rooms_floor FOREIGN KEY (floor_id) REFERENCES floors (id) NOT VALID;
