CREATE TABLE carts (id bigint PRIMARY KEY, owner text NOT NULL);
CREATE TABLE cart_items (cart_id bigint NOT NULL REFERENCES carts, sku text NOT NULL, amount int NOT NULL DEFAULT 1);
INSERT INTO carts VALUES (1, 'ann;'), (2, 'bob--');

-- stackctl: down
DROP TABLE IF EXISTS cart_items;
DROP TABLE IF EXISTS carts;
