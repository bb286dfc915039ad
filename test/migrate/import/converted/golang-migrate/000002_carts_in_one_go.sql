-- Both or neither.

ALTER TABLE carts ADD COLUMN closed boolean NOT NULL DEFAULT false;
UPDATE carts SET closed = true WHERE id = 2;

-- stackctl: down
ALTER TABLE carts DROP COLUMN closed;
