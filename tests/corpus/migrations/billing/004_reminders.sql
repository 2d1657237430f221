CREATE TABLE reminders (
  invoice_id bigint PRIMARY KEY,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reminders_sent_at ON reminders (sent_at);
