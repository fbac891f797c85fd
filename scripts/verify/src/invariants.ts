// What must hold, as it is printed.

export type InvariantId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11';

export const invariants: Readonly<Record<InvariantId, string>> = {
  I1: 'each order has its message, each message its order',
  I2: 'an idempotency key belongs to one order, with the hash of its request',
  I3: 'each order is in the state that its messages and its reservation say',
  I4: 'stock is never negative, now and at any time before',
  I5: 'the movements add up: to the stock of each sku, to the quantities of each order or to nothing',
  I6: 'one inbox row a message, one effect of a kind an order and sku',
  I7: 'nothing happened in the inventory without an order and its message',
  I8: 'what is not completed is on its way, or DEAD or DISCARDED with its reason on record',
  I9: 'what is completed has its inbox row, with the same result',
  I10: 'everything comes to its end',
  I11: 'no idle transaction, no stale lease, no consumer lag',
};
