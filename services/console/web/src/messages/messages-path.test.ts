import { expect, it } from 'vitest';
import { toOrdersPath } from '../orders/orders-path.ts';
import { toMessagesPath } from './messages-path.ts';

it('asks the API for the messages of the address, by the names of the API', () => {
  const params = new URLSearchParams('status=DEAD&key=k&after=2026-11-26T12:00:00Z&before=&cursor=c&tab=x');
  expect(toMessagesPath(params)).toBe(
    '/messages?status=DEAD&key=k&createdAfter=2026-11-26T12%3A00%3A00Z&cursor=c',
  );
});

it('asks the API for the orders of the address, by the names of the API', () => {
  expect(toOrdersPath(new URLSearchParams('customerId=ann%20%26%20bob&sku=MOUSE&tab=x'))).toBe(
    '/orders?customerId=ann+%26+bob&sku=MOUSE',
  );
  expect(toOrdersPath(new URLSearchParams())).toBe('/orders');
});
