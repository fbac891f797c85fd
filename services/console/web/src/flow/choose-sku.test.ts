import { expect, it } from 'vitest';
import { chooseSku } from './choose-sku.ts';

it('proposes the first SKU with stock, else the first one, else the one of the demo', () => {
  const [sold, left] = [
    { sku: 'KEYBOARD', available: 0 },
    { sku: 'MOUSE', available: 3 },
  ];
  expect(chooseSku([sold, left])).toBe('MOUSE');
  expect(chooseSku([sold])).toBe('KEYBOARD');
  expect(chooseSku([])).toBe('KEYBOARD');
});
