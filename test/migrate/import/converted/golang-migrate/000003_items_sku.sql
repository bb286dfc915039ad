-- stackctl: transaction=false
CREATE INDEX CONCURRENTLY cart_items_sku ON cart_items (sku);

-- stackctl: down
DROP INDEX CONCURRENTLY cart_items_sku
;
