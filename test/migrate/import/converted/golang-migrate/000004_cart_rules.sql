CREATE FUNCTION cart_size(cart bigint) RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT count(*) FROM cart_items WHERE cart_id = cart;
END;
ALTER TABLE cart_items ADD CONSTRAINT amount_is_positive CHECK (amount > 0)
;

-- stackctl: down
ALTER TABLE cart_items DROP CONSTRAINT amount_is_positive;
DROP FUNCTION cart_size(bigint);
