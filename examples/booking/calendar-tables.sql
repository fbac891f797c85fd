-- Tables of the calendar service, which also needs packages/inbox/sql/inbox_messages.sql.
CREATE TABLE calendar_entries (
  room       text NOT NULL,
  day        date NOT NULL,
  booking_id uuid NOT NULL,
  PRIMARY KEY (room, day)
);
