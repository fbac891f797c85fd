// Requests of an operator and of a consumer to the order service's internal port.
import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { PlacedOrder } from '@lmt/contracts';
import { type Answer, type Headers, send } from './http-client.js';
import type { System } from './system.fixture.js';

/** Returns the Standard Webhooks headers of a body, signed as the inventory signs its results. */
export function signatureHeaders({ stack }: System, body: string | Buffer): Headers {
  const id = randomUUID();
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const mac = createHmac('sha256', stack.callbackSecret).update(`${id}.${timestamp}.`).update(body);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac.digest('base64')}`,
  };
}

/** Reports FAILED for the orders' messages, as a consumer that cannot process them would. */
export async function reportFailed(
  system: System,
  orders: readonly PlacedOrder[],
  reason: string,
): Promise<readonly string[]> {
  const processedAt = new Date().toISOString();
  const results = orders.map(({ id: orderId, messageId }) => ({
    messageId,
    orderId,
    outcome: 'FAILED',
    reason,
    processedAt,
  }));
  const body = JSON.stringify({ results });
  const url = `${system.stack.urls.orderInternal}/internal/message-results`;
  const { status, text } = await send('POST', url, body, signatureHeaders(system, body));
  if (status !== 200) throw new Error(`${status} ${text}`);
  const reply: { results: { status: string }[] } = JSON.parse(text);
  return reply.results.map((result) => result.status);
}

export const authorization = ({ stack }: System): Headers => ({
  authorization: `Bearer ${stack.adminTokens.order}`,
});

export const requeue = (system: System, { messageId }: PlacedOrder): Promise<Answer> =>
  send(
    'POST',
    `${system.stack.urls.orderInternal}/messages/${messageId}/requeue`,
    '{}',
    authorization(system),
  );

const program = fileURLToPath(import.meta.resolve('@lmt/messages/main'));

/** Runs `npm run messages` as an operator's shell would. */
export function runMessages(
  { stack }: System,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    ORDER_INTERNAL_URL: stack.urls.orderInternal,
    ADMIN_TOKEN: stack.adminTokens.order,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}
