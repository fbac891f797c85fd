import { describe, expect, it } from 'vitest';
import { createInbox } from './consume-once.js';

describe('the key column of an inbox', () => {
  it.each(['order_id', 'key', '_k2'])('may be %s', (keyColumn) => {
    expect(() => createInbox({ keyColumn })).not.toThrow();
  });

  it.each([
    '',
    'Order',
    'order id',
    'order-id',
    '1st',
    'id, (SELECT 1)',
    'id) SELECT 1; --',
    '"id"',
    'schlüssel',
    'id\n',
  ])('may not be %j: it stands in the statement as it is', (keyColumn) => {
    expect(() => createInbox({ keyColumn })).toThrow(RangeError);
  });
});
