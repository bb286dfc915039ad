-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY books_title ON books (title);

-- stackctl: down
DROP INDEX books_title;
