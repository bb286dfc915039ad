-- Keeps updated_at true, whoever writes.

ALTER TABLE customers ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- now() is the start of the transaction; that is enough here.
  NEW.updated_at := now();
  RETURN NEW;
END;
$body$;

CREATE TRIGGER customers_touch BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch()
;

-- stackctl: down
DROP TRIGGER customers_touch ON customers;
DROP FUNCTION touch();
ALTER TABLE customers DROP COLUMN updated_at
;
