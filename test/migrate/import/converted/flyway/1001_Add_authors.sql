CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
ALTER TABLE books ADD COLUMN author_id int REFERENCES authors;

-- stackctl: down
ALTER TABLE books DROP COLUMN author_id;
DROP TABLE authors;
