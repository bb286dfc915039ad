-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY orders_total ON orders (total);

-- stackctl: down transaction=false
DROP INDEX CONCURRENTLY IF EXISTS orders_total;
