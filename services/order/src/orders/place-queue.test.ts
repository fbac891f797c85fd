import type { OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { createLogger } from '@lmt/service-kit';
import { describe, expect, it } from 'vitest';
import type { NewOrder } from './place-orders.js';
import { createPlaceQueue } from './place-queue.js';

const logger = createLogger({ service: 'test', level: 'silent', format: 'json' });
const outage = () => Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

/** Submits three orders together. `failures` are the errors of the transactions, in order. */
async function submitThree(failures: readonly Error[]) {
  let transactions = 0;
  const database = {
    $transaction: () => Promise.reject(failures[transactions++] ?? new Error('not expected')),
  } as unknown as OrderDatabase;
  const queue = createPlaceQueue(database, logger, createStallDetector({ activity: 'placing' }));
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => queue.submit({} as NewOrder)));
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : null));
  return { transactions, reasons };
}

describe('a batch of orders that cannot be written', () => {
  it('is not retried after an outage, because only the reply to COMMIT may have been lost', async () => {
    const down = outage();
    expect(await submitThree([down])).toEqual({ transactions: 1, reasons: [down, down, down] });
  });

  it('is not retried when the outage follows a conflict', async () => {
    const down = outage();
    const conflict = Object.assign(new Error('deadlock'), { code: '40P01' });
    expect(await submitThree([conflict, down])).toEqual({ transactions: 2, reasons: [down, down, down] });
  });

  it('is placed one by one until the database is gone, which fails the rest at once', async () => {
    const [bad, own, down] = [new Error('bad row'), new Error('bad row'), outage()];
    expect(await submitThree([bad, own, down])).toEqual({ transactions: 3, reasons: [own, down, down] });
  });

  it('is retried after a conflict as a whole, then one by one', async () => {
    const conflict = Object.assign(new Error('deadlock'), { code: '40P01' });
    const { transactions, reasons } = await submitThree(Array(20).fill(conflict));
    expect({ transactions, reasons }).toEqual({ transactions: 20, reasons: Array(3).fill(conflict) });
  });
});
