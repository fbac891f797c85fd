import { expect, it } from 'vitest';
import { resultSpan } from './result-span.js';

it.each([
  ['http://orders:3100/results', 3_100],
  ['http://orders/results', 80],
  ['https://orders/results', 443],
])('names the port of %s', (url, port) => {
  const { attributes } = resultSpan(url).describeBatch([]);
  expect(attributes).toMatchObject({ 'url.full': url, 'server.address': 'orders', 'server.port': port });
});
