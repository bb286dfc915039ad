-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY customers_note ON customers (note);

-- stackctl: down transaction=false
DROP INDEX CONCURRENTLY customers_note;
