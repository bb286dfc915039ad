-- The id comes from the client: an order that is sent again is there once.
CREATE TABLE orders (
    id UUID PRIMARY KEY,
    customer TEXT NOT NULL,
    amount NUMERIC(10, 2) NOT NULL CHECK (amount > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
