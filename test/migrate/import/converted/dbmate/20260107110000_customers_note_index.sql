-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY customers_note ON customers (note);

-- stackctl: down
DROP INDEX CONCURRENTLY customers_note;
