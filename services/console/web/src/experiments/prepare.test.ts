import { expect, it } from 'vitest';
import { chooseSku } from './prepare.ts';

it('orders the mouse while there is one, else the SKU with most pieces', () => {
  const stock = (mouse: number) => [
    { sku: 'CABLE', available: 3 },
    { sku: 'KEYBOARD', available: 7 },
    { sku: 'MOUSE', available: mouse },
  ];
  expect(chooseSku(stock(1))?.sku).toBe('MOUSE');
  expect(chooseSku(stock(0))?.sku).toBe('KEYBOARD');
  expect(chooseSku([{ sku: 'MOUSE', available: 0 }])).toBeNull();
});
