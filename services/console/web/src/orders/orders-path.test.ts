import { expect, it } from 'vitest';
import { toOrdersPath } from './orders-path.ts';

it('asks the API for the orders of the address, by the names of the API', () => {
  expect(toOrdersPath(new URLSearchParams('customerId=ann%20%26%20bob&sku=MOUSE&tab=x&cursor=c'))).toBe(
    '/orders?customerId=ann+%26+bob&sku=MOUSE&cursor=c',
  );
  expect(toOrdersPath(new URLSearchParams())).toBe('/orders');
});
