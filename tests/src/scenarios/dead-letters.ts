import { randomUUID } from 'node:crypto';
import type { OrderView, PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { reportFailed, runMessages } from '../operator.js';
import { countByStatus, countPublished } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** Orders whose messages are DEAD and were never published. */
async function placeDead(system: System, count: number, sku: string, reason: string): Promise<PlacedOrder[]> {
  await system.stack.stop('relay');
  const orders = await system.place(count, sku);
  expect(await reportFailed(system, orders, reason)).toEqual(orders.map(() => 'applied'));
  await system.stack.start('relay');
  await system.stack.ready('relay');
  return orders;
}

async function placeOneDead(system: System, sku: string, reason: string): Promise<PlacedOrder> {
  const [order] = await placeDead(system, 1, sku, reason);
  if (order === undefined) throw new Error('no order was placed');
  return order;
}

async function readOrder(system: System, { id }: PlacedOrder): Promise<OrderView> {
  return JSON.parse((await send('GET', `${system.stack.urls.order}/orders/${id}`)).text);
}

export function requeuesDeadLetters(system: System): void {
  it('confirms the order of a dead letter that an operator requeues, and requeues it only once', async () => {
    const sku = await system.addSku(10);
    const order = await placeOneDead(system, sku, 'version 1 is not supported');
    const { messageId } = order;
    const listed = await runMessages(system, 'list', '--status', 'DEAD', '--key', order.id);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain(`${messageId}  DEAD`);
    expect(listed.stdout).toContain('version 1 is not supported');

    const requeue = () => runMessages(system, 'requeue', messageId, '--reason', 'repaired', '--by', 'ada');
    expect(await requeue()).toEqual({ code: 0, stdout: `${messageId}  requeued\n`, stderr: '' });
    await system.expectAllFinished();
    expect(await readOrder(system, order)).toMatchObject({
      status: 'CONFIRMED',
      messages: [{ status: 'COMPLETED' }],
    });
    expect(await system.available(sku)).toBe(9);

    expect(await requeue()).toEqual({
      code: 1,
      stdout: '',
      stderr: `${messageId} is COMPLETED: only a DEAD message can be requeued.\n`,
    });
    const { stdout } = await runMessages(system, 'show', messageId, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'COMPLETED',
      history: [{ event: 'died' }, { event: 'requeued', by: 'ada', reason: 'repaired' }],
    });
    expect(await runMessages(system, 'show', randomUUID())).toMatchObject({ code: 1, stdout: '' });
  });
}

export function decidesOnDeadLetters(system: System): void {
  it('requeues only the messages with the given error', async () => {
    const sku = await system.addSku(100);
    const reason = `the gateway was down ${randomUUID()}`;
    const orders = await placeDead(system, 30, sku, reason);
    const others = await placeDead(system, 2, sku, 'another error');
    const byError = ['requeue', '--error', reason, '--reason', 'the gateway is up'];
    expect(await runMessages(system, ...byError)).toMatchObject({ code: 2, stdout: '' });
    const dryRun = await runMessages(system, ...byError, '--dry-run', '--json');
    expect(JSON.parse(dryRun.stdout)).toMatchObject({ matched: 30, changed: 0, dryRun: true });
    const done = await runMessages(system, ...byError, '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/30 DEAD messages match, 30 were requeued\n$/);
    await poll('all are confirmed', async () => (await countByStatus(system, orders)).CONFIRMED === 30);
    expect(await countByStatus(system, others)).toEqual({ PENDING: 2 });
    await runMessages(system, 'requeue', ...others.map(({ messageId }) => messageId));
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(68);
  });

  it('cancels the order of a dead letter that an operator discards; the inventory never sees it', async () => {
    const sku = await system.addSku(10);
    const order = await placeOneDead(system, sku, 'too large');
    const discarded = await runMessages(
      system,
      'discard',
      order.messageId,
      '--reason',
      'the customer has left',
    );
    expect(discarded).toMatchObject({ code: 0, stderr: '' });
    await system.expectAllFinished();
    expect(await readOrder(system, order)).toMatchObject({
      status: 'CANCELLED',
      messages: [{ status: 'DISCARDED' }, { type: 'order.cancelled.v1', status: 'COMPLETED' }],
    });
    expect(await system.available(sku)).toBe(10);
    expect((await runMessages(system, 'requeue', order.messageId)).code).toBe(1);
  });

  it('releases the stock that the inventory deducts for an already discarded message', async () => {
    const sku = await system.addSku(10);
    await system.stack.stop('inventory');
    const orders = await system.place(1, sku);
    await poll('the message is published', async () => (await countPublished(system, orders)) === 1);
    await reportFailed(system, orders, 'failed');
    const discarded = await runMessages(
      system,
      ...['discard', '--all', '--reason', 'not needed', '--yes', '--json'],
    );
    expect(JSON.parse(discarded.stdout)).toMatchObject({ matched: 1, changed: 1 });
    await system.stack.start('inventory');
    await system.expectAllFinished();
    for (const order of orders) {
      expect(await readOrder(system, order)).toMatchObject({
        status: 'CANCELLED',
        messages: [{ status: 'DISCARDED' }, {}],
      });
    }
    expect(await system.available(sku)).toBe(10);
  });
}
