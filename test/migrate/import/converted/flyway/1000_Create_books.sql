/* The price is in cents. */
CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, price int NOT NULL);
INSERT INTO books VALUES (1, 'Dune', 990), (2, 'Emma; a novel', 750);

-- stackctl: down
DROP TABLE books;
