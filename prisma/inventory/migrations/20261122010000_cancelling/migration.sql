-- Cancelling changes what became of an order here: RESERVED becomes RELEASED. The right to change a
-- column is also the right to lock the row.
GRANT UPDATE (status, reason, updated_at) ON reservations TO lmt_inventory_service;
