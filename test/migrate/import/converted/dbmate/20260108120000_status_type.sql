CREATE TYPE customer_status AS ENUM ('new', 'known');
ALTER TABLE customers ADD COLUMN status customer_status NOT NULL DEFAULT 'new';

-- stackctl: down
-- The column takes the type with it.
ALTER TABLE customers DROP COLUMN status;
DROP TYPE customer_status;
