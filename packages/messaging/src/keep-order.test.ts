import { expect, it } from 'vitest';
import { createKeyOrder } from './keep-order.js';

const failed = { status: 'failed', reason: 'timed out' } as const;
const unavailable = { status: 'unavailable', reason: 'no leader', destinationOnly: true } as const;

it('holds back later messages of a key whose earlier one may still have to be sent', () => {
  const order = createKeyOrder<string>((key) => key);
  order.record('failed', failed);
  order.record('unavailable', unavailable);
  order.record('acknowledged', { status: 'acknowledged' });
  order.record('rejected', { status: 'rejected', reason: 'too large' });
  expect(order.findObstacle('failed')).toEqual({
    status: 'failed',
    reason: 'an earlier message of the same key failed',
  });
  expect(order.findObstacle('unavailable')).toBe(unavailable);
  for (const key of ['acknowledged', 'rejected', 'other']) expect(order.findObstacle(key)).toBeNull();
});
