-- The sum of the orders up to a number.
CREATE FUNCTION total_up_to(last bigint) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  sum numeric;
BEGIN
  SELECT coalesce(sum(total), 0) INTO sum FROM orders WHERE id <= last;
  RETURN sum;
END;
$$
;

COMMENT ON FUNCTION total_up_to IS 'inclusive; 0 without orders';

-- stackctl: down
DROP FUNCTION total_up_to(bigint);
