-- Tables of the booking service, which also needs packages/outbox/sql/outbox_messages.sql.
CREATE TABLE bookings (
  id     uuid PRIMARY KEY,
  room   text NOT NULL,
  day    date NOT NULL,
  status text NOT NULL DEFAULT 'REQUESTED' CHECK (status IN ('REQUESTED', 'BOOKED', 'REFUSED'))
);
