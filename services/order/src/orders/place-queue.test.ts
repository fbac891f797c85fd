import type { OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector, OverloadedError } from '@lmt/resilience';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { describe, expect, it } from 'vitest';
import { anOrder } from './an-order.fixture.js';
import { createPlaceQueue } from './place-queue.js';

const toError = (code: string) => Object.assign(new Error(code), { code });
const outage = () => toError('ECONNREFUSED');
const locked = () => toError('55P03');
const badRow = () => toError('23514');

/** Stands for the statement that inserts the orders of its first parameter. */
const placeAll = async (_statement: string, orders: string) =>
  JSON.parse(orders).map(({ id }: { id: string }) => ({ id, createdAt: new Date() }));

/** Submits orders together. `failures` are the errors of the transactions, in order. */
async function submit(
  count: number,
  failures: readonly (Error | null)[],
  makeOrder = (_index: number) => anOrder(),
) {
  let transactions = 0;
  const database = {
    $queryRawUnsafe: (statement: string, orders: string) => {
      const failure = failures[transactions++];
      if (failure === null) return placeAll(statement, orders);
      return Promise.reject(failure ?? new Error('not expected'));
    },
  } as unknown as OrderDatabase;
  const { logger, lines } = recordLog();
  const queue = createPlaceQueue(database, logger, createStallDetector({ activity: 'placing' }));
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => queue.submit(makeOrder(index))),
  );
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : null));
  return { transactions, reasons, lines };
}

describe('a batch of orders that cannot be written', () => {
  it('is not retried after an outage, because only the reply to COMMIT may have been lost', async () => {
    const down = outage();
    expect(await submit(3, [down])).toMatchObject({ transactions: 1, reasons: [down, down, down] });
  });

  it('is not retried when the outage follows a conflict', async () => {
    const down = outage();
    const conflict = toError('40P01');
    expect(await submit(3, [conflict, down])).toMatchObject({ transactions: 2, reasons: [down, down, down] });
  });

  it('is placed one by one until the database is gone, which fails the rest at once', async () => {
    const [bad, own, down] = [badRow(), badRow(), outage()];
    expect(await submit(3, [bad, own, down])).toMatchObject({ transactions: 3, reasons: [own, down, down] });
  });

  it('is retried after a conflict as a whole, but not one by one', async () => {
    const conflict = toError('40P01');
    const { transactions, reasons } = await submit(3, Array(20).fill(conflict));
    expect({ transactions, reasons }).toEqual({ transactions: 5, reasons: Array(3).fill(conflict) });
  });

  it('is placed one by one to the end, even if many rows are bad', async () => {
    const { transactions, reasons } = await submit(256, Array(300).fill(badRow()));
    expect(transactions).toBe(257);
    expect(reasons).toEqual(Array(256).fill(expect.objectContaining({ code: '23514' })));
  });

  it('table-lock: frees the slot after its first two orders are locked, too', async () => {
    const { transactions, reasons, lines } = await submit(256, Array(300).fill(locked()));
    expect(transactions).toBe(3);
    expect(reasons).toEqual(Array(256).fill(expect.objectContaining({ code: '55P03' })));
    expect(lines).toHaveLength(1);
  });

  it('table-lock: an order whose key another session holds delays no other order', async () => {
    const [batch, held] = [locked(), locked()];
    const { transactions, reasons } = await submit(5, [batch, null, held, null, held, null]);
    expect(transactions).toBe(6);
    expect(reasons).toEqual([null, held, null, held, null]);
  });

  it('table-lock: frees the slot after five locked orders, also if others between them are placed', async () => {
    const alternating = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? locked() : null));
    const { transactions, reasons } = await submit(20, [locked(), ...alternating]);
    expect(transactions).toBe(10);
    expect(reasons.filter((reason) => reason === null).length).toBe(4);
  });

  it('table-lock: a key that another session holds fails all requests that repeat it, and no others', async () => {
    const [batch, held] = [locked(), locked()];
    const keys = ['held', 'held', 'other', 'held', 'last'];
    const makeOrder = (index: number) => anOrder({ key: keys[index] ?? '' });
    const { transactions, reasons } = await submit(5, [batch, held, null, null], makeOrder);
    expect(reasons).toEqual([held, held, null, held, null]);
    expect(transactions).toBe(4);
  });
});

describe('a statement that was sent and failed', () => {
  const submitFailing = async (error: Error) => {
    const database = { $queryRawUnsafe: () => Promise.reject(error) } as unknown as OrderDatabase;
    const { logger } = recordLog();
    const queue = createPlaceQueue(database, logger, createStallDetector({ activity: 'placing' }));
    return queue.submit(anOrder()).then(null, (reason: unknown) => reason);
  };

  it('has an unknown outcome if the connection broke', async () => {
    const lost = toError('ECONNRESET');
    expect(await submitFailing(lost)).toMatchObject({
      message: expect.stringContaining('may have been placed'),
      cause: lost,
    });
  });

  it('has no unknown outcome if Postgres reported the failure', async () => {
    const timedOut = toError('57014');
    expect(await submitFailing(timedOut)).toBe(timedOut);
  });
});

describe('the queue', () => {
  it('bounds the items of waiting orders, also for few large orders', async () => {
    const database = { $queryRawUnsafe: () => Promise.reject(outage()) } as unknown as OrderDatabase;
    const { logger } = recordLog();
    const queue = createPlaceQueue(database, logger, createStallDetector({ activity: 'placing' }));
    const items = Array.from({ length: 100 }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 }));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 501 }, () => queue.submit(anOrder({ items }))),
    );
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : null));
    expect(reasons.slice(0, 500)).toEqual(Array(500).fill(expect.objectContaining({ code: 'ECONNREFUSED' })));
    expect(reasons[500]).toBeInstanceOf(OverloadedError);
  });
});
