import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openLoop } from './open-loop.js';

const server = createServer();
afterEach(() => {
  server.closeAllConnections();
  server.close();
  server.removeAllListeners('request');
});

async function run(answer: (index: number) => number) {
  let requests = 0;
  server.on('request', (request, response) => {
    request.resume();
    requests += 1;
    response.writeHead(answer(requests)).end(JSON.stringify({ messageId: `message ${requests}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const result = await openLoop({ url, rate: 300, warmUpSeconds: 0.1, seconds: 0.5 });
  return { requests, ...result };
}

describe('openLoop', () => {
  it('sends evenly spaced orders and excludes the warm-up from the result', async () => {
    const { requests, failed, messages, accepted } = await run(() => 201);
    expect({ requests, failed, accepted: accepted.count }).toEqual({
      requests: 180,
      failed: 0,
      accepted: 150,
    });
    const [first, last] = [messages[0]?.dueAt ?? 0, messages.at(-1)?.dueAt ?? 0];
    expect(last - first).toBeCloseTo((149 * 1_000) / 300);
  });

  it('sends every order that became due during a stall, and counts its delay', async () => {
    const { requests, late, accepted } = await run((index) => {
      const end = performance.now() + (index === 60 ? 200 : 0);
      while (performance.now() < end);
      return 201;
    });
    expect(requests).toBe(180);
    // The stalled order, and at least one of twenty others.
    expect(accepted.max).toBeGreaterThanOrEqual(200);
    expect(accepted.p95).toBeGreaterThan(50);
    expect(accepted.max).toBeGreaterThan(late.max);
  });

  it('counts answers other than 201 as failed', async () => {
    const { failed, messages } = await run((index) => (index > 170 ? 503 : 201));
    expect({ failed, messages: messages.length }).toEqual({ failed: 10, messages: 140 });
  });
});
