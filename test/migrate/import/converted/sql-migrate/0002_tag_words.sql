-- stackctl: transaction=false
CREATE UNIQUE INDEX CONCURRENTLY tags_word ON tags (word);

-- stackctl: down transaction=false
DROP INDEX CONCURRENTLY tags_word;
