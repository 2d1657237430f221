-- The schema as it is before the change `idempotency-keys`.

CREATE TABLE charges (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id     bigint NOT NULL,
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    currency     text NOT NULL DEFAULT 'EUR',
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'refused')),
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX charges_order_id_idx ON charges (order_id);
