CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  note text DEFAULT 'none; ask -- later'
);

-- Two that every environment has.
INSERT INTO customers (email) VALUES ('desk@shop.test'), ('it''s; me@shop.test');

-- stackctl: down
DROP TABLE customers;
