-- Words that people give to things.
CREATE TABLE tags (id int PRIMARY KEY, word text NOT NULL);

-- stackctl: down
DROP TABLE tags;
