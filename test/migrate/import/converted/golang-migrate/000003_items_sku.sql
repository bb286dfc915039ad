-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY cart_items_sku ON cart_items (sku);

-- stackctl: down transaction=false
DROP INDEX CONCURRENTLY cart_items_sku
;
