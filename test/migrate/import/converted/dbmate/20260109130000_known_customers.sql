UPDATE customers SET status = 'known' WHERE email LIKE '%@shop.test';

-- stackctl: down
-- Who was new before is not known any more.
UPDATE customers SET status = 'new';
