-- Number 4 was never merged.
CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line int NOT NULL,
  what text NOT NULL,
  PRIMARY KEY (order_id, line)
);
DO $$
BEGIN
  INSERT INTO order_lines SELECT id, 1, 'first; line' FROM orders;
END
$$;

-- stackctl: down
DROP TABLE order_lines;
