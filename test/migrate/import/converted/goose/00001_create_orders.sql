CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL CHECK (total >= 0));
INSERT INTO orders SELECT n, n * 1.5 FROM generate_series(1, 20) AS n;

-- stackctl: down
DROP TABLE orders;
