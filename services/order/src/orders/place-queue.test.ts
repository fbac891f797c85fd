import type { OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { createLogger } from '@lmt/service-kit';
import { describe, expect, it } from 'vitest';
import type { NewOrder } from './place-orders.js';
import { createOrderQueue } from './place-queue.js';

const logger = createLogger({ service: 'test', level: 'silent', format: 'json' });
const outage = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

/** Submits 3 orders together; `failures` are those of the transactions that they are tried in. */
async function submitThree(failures: readonly Error[]) {
  let transactions = 0;
  const database = {
    $transaction: () => Promise.reject(failures[transactions++] ?? new Error('not expected')),
  } as unknown as OrderDatabase;
  const queue = createOrderQueue(database, logger, createStallDetector({ activity: 'placing' }));
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => queue.submit({} as NewOrder)));
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : null));
  return { transactions, reasons };
}

describe('a batch of orders that can not be written', () => {
  it('is not tried again after an outage: the reply to COMMIT may be what was lost', async () => {
    const down = outage();
    expect(await submitThree([down])).toEqual({ transactions: 1, reasons: [down, down, down] });
  });

  it('is tried one by one until the database is gone, which fails the rest at once', async () => {
    const [bad, own, down] = [new Error('bad row'), new Error('bad row'), outage()];
    expect(await submitThree([bad, own, down])).toEqual({ transactions: 3, reasons: [own, down, down] });
  });

  it('tries an order again that lost a conflict, three times at most', async () => {
    const conflict = Object.assign(new Error('deadlock'), { code: '40P01' });
    const { transactions, reasons } = await submitThree(Array(10).fill(conflict));
    expect({ transactions, reasons }).toEqual({ transactions: 10, reasons: Array(3).fill(conflict) });
  });
});
