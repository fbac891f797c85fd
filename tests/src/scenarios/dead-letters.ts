import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

const script = fileURLToPath(new URL('../../../scripts/messages.mjs', import.meta.url));

export function letsOperatorsDecide(system: System): void {
  /** The command line, as a person's shell starts it. */
  const messages = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = {
        PATH: process.env.PATH,
        ORDER_INTERNAL_URL: system.stack.urls.orderInternal,
        ADMIN_TOKEN: system.stack.adminToken,
      };
      execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });

  /** What the inventory would say of a message that it can't read. */
  async function giveUp(orders: readonly PlacedOrder[], reason: string): Promise<void> {
    const processedAt = new Date().toISOString();
    const results = orders.map(({ id: orderId, messageId }) => ({
      messageId,
      orderId,
      outcome: 'FAILED',
      reason,
      processedAt,
    }));
    const body = JSON.stringify({ results });
    const id = randomUUID();
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signature = createHmac('sha256', system.stack.callbackSecret).update(`${id}.${timestamp}.${body}`);
    const answer = await send('POST', `${system.stack.urls.orderInternal}/internal/message-results`, body, {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature.digest('base64')}`,
    });
    expect(answer.json.results.map(({ status }: { status: string }) => status)).toEqual(
      orders.map(() => 'applied'),
    );
  }

  /** Orders whose messages are DEAD and were never published. */
  async function placeDead(count: number, sku: string, reason: string): Promise<PlacedOrder[]> {
    await system.stack.stop('relay');
    const orders = await system.place(count, sku);
    await giveUp(orders, reason);
    await system.stack.start('relay');
    await system.stack.ready('relay');
    return orders;
  }

  const statusOf = async ({ id }: PlacedOrder) =>
    (await send('GET', `${system.stack.urls.order}/orders/${id}`)).json;

  it('confirms the order of a dead letter once it is requeued, and requeues it only once', async () => {
    const sku = await system.newSku(10);
    const [order] = await placeDead(1, sku, 'version 1 is not known here');
    if (order === undefined) throw new Error('no order');
    const { messageId } = order;
    const listed = await messages('list', '--status', 'DEAD', '--key', order.id);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain(`${messageId}  DEAD`);
    expect(listed.stdout).toContain('version 1 is not known here');

    const requeue = () => messages('requeue', messageId, '--reason', 'repaired', '--by', 'ada');
    expect(await requeue()).toEqual({ code: 0, stdout: `${messageId}  requeued\n`, stderr: '' });
    await system.everythingFinishes();
    expect(await statusOf(order)).toMatchObject({ status: 'CONFIRMED', messages: [{ status: 'COMPLETED' }] });
    expect(await system.available(sku)).toBe(9);

    expect(await requeue()).toEqual({
      code: 1,
      stdout: '',
      stderr: `${messageId} is COMPLETED: only a DEAD message can be requeued.\n`,
    });
    const { stdout } = await messages('show', messageId, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'COMPLETED',
      history: [{ event: 'died' }, { event: 'requeued', by: 'ada', reason: 'repaired' }],
    });
    expect(await messages('show', randomUUID())).toMatchObject({ code: 1, stdout: '' });
  });

  it('requeues all that died of the same, and none else', async () => {
    const sku = await system.newSku(100);
    const reason = `the gateway was away ${randomUUID()}`;
    const orders = await placeDead(30, sku, reason);
    const others = await placeDead(2, sku, 'something else');
    const byReason = ['requeue', '--error', reason, '--reason', 'it is back'];
    expect(await messages(...byReason)).toMatchObject({ code: 2, stdout: '' });
    const dry = await messages(...byReason, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ matched: 30, changed: 0, dryRun: true });
    const done = await messages(...byReason, '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/30 DEAD messages fit, 30 were requeued\n$/);
    await poll('all are confirmed', async () => (await system.countByStatus(orders)).CONFIRMED === 30);
    expect(await system.countByStatus(others)).toEqual({ PENDING: 2 });
    await messages('requeue', ...others.map(({ messageId }) => messageId));
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(68);
  });

  it('cancels the order of a dead letter that is discarded, which the inventory never sees', async () => {
    const sku = await system.newSku(10);
    const [order] = await placeDead(1, sku, 'too large');
    if (order === undefined) throw new Error('no order');
    const discarded = await messages('discard', order.messageId, '--reason', 'the customer has gone');
    expect(discarded).toMatchObject({ code: 0, stderr: '' });
    await system.everythingFinishes();
    expect(await statusOf(order)).toMatchObject({
      status: 'CANCELLED',
      messages: [{ status: 'DISCARDED' }, { type: 'order.cancelled.v1', status: 'COMPLETED' }],
    });
    expect(await system.available(sku)).toBe(10);
    expect((await messages('requeue', order.messageId)).code).toBe(1);
  });

  it('gives back what a copy takes that arrives after its message was discarded', async () => {
    const sku = await system.newSku(10);
    await system.stack.stop('inventory');
    const [order] = await system.place(1, sku);
    if (order === undefined) throw new Error('no order');
    if (system.kind === 'kafka') {
      await poll('it is published', async () => (await statusOf(order)).messages[0].status === 'PUBLISHED');
    }
    await giveUp([order], 'gave up');
    const all = ['discard', '--all', '--reason', 'never mind', '--yes', '--json'];
    expect(JSON.parse((await messages(...all)).stdout)).toMatchObject({ matched: 1, changed: 1 });
    await system.stack.start('inventory');
    await system.everythingFinishes();
    expect(await statusOf(order)).toMatchObject({
      status: 'CANCELLED',
      messages: [{ status: 'DISCARDED' }, {}],
    });
    expect(await system.available(sku)).toBe(10);
  });
}
