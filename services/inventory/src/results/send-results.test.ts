import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import { createStallDetector, type StallDetector } from '@lmt/resilience';
import { createMetrics, type Metrics, signBody } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createResultSender, type ResultSender } from './send-results.js';

const SECRET = 'a secret of more than thirty-two characters';
const now = new Date('2026-01-01T00:00:00.000Z');

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly results: MessageResult[];
}

let server: Server;
let received: Received[];
let answer: (response: ServerResponse, attempt: number) => void;
let slept: number[];
let log: readonly Record<string, unknown>[];
let metrics: Metrics;
let sender: ResultSender;
let stallDetector: StallDetector;
let elapsedMs: number;
let sleep: (ms: number, signal: AbortSignal) => Promise<void>;

const ok = (response: ServerResponse) => response.end('{"results":[]}');
const fail = (response: ServerResponse) => response.writeHead(503).end('{"title":"not now"}');

beforeEach(async () => {
  received = [];
  slept = [];
  const recorded = recordLog();
  log = recorded.lines;
  answer = ok;
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ headers: request.headers, body, results: JSON.parse(body).results });
    answer(response, received.length);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  elapsedMs = 0;
  sleep = async (ms) => {
    slept.push(ms);
    elapsedMs += ms;
    await new Promise(setImmediate);
  };
  stallDetector = createStallDetector({ activity: 'sending', monotonicNow: () => elapsedMs });
  metrics = createMetrics('inventory');
  sender = createResultSender({
    stallDetector,
    metrics,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/message-results`,
    secrets: [SECRET, 'an older secret of more than 32 characters'],
    logger: recorded.logger,
    random: () => 1,
    sleep: (ms, signal) => sleep(ms, signal),
  });
});
afterEach(async () => {
  await sender.drain();
  await sender.close();
  server.closeAllConnections();
  server.close();
});

const someResults = (count: number, from = 0): MessageResult[] =>
  Array.from({ length: count }, (_, index) => ({
    messageId: `00000000-0000-4000-8000-${String(from + index).padStart(12, '0')}`,
    orderId: '00000000-0000-4000-8000-000000000000',
    outcome: 'SUCCEEDED',
    processedAt: now.toISOString(),
  }));
// Longer than the default of one second, because the machine may be busy.
const poll = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });
const delivered = () => received.flatMap(({ results }) => results.map(({ messageId }) => messageId));
const warnings = () => log.filter(({ level }) => level === 'warn');

describe('sending results', () => {
  it('sends the results of one turn in one request, signed with the first secret', async () => {
    sender.send(someResults(2));
    sender.send(someResults(1, 2));
    await sender.drain();
    expect(received).toHaveLength(1);
    const [{ headers, body, results }] = received as [Received];
    expect(results).toEqual(someResults(3));
    const { sentAt } = JSON.parse(body);
    expect(new Date(sentAt).toISOString()).toBe(sentAt);
    expect(Math.abs(Date.now() - Date.parse(sentAt))).toBeLessThan(60_000);
    expect(headers['content-type']).toBe('application/json');
    const id = String(headers['webhook-id']);
    const timestamp = Number(headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1_000 - timestamp)).toBeLessThan(60);
    expect(headers).toMatchObject(signBody(SECRET, { id, timestamp, body }));
    expect(log.filter(({ msg }) => msg === 'result sent')).toHaveLength(3);
  });

  it('gathers the results that arrive during a request, at most 1,000 in the next one', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      answer = (response, attempt) => {
        if (attempt > 1) ok(response);
        else {
          release = () => ok(response);
          resolve();
        }
      };
    });
    sender.send(someResults(1));
    await first;
    sender.send(someResults(2_500, 1));
    expect(received).toHaveLength(1);
    release();
    await sender.drain();
    expect(received.map(({ results }) => results.length)).toEqual([1, MAX_RESULTS, MAX_RESULTS, 500]);
    expect(delivered()).toEqual(someResults(2_501).map(({ messageId }) => messageId));
  });

  it('sends nothing for no results', async () => {
    sender.send([]);
    await sender.drain();
    expect(received).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['answers 503', fail],
    ['cuts the connection before it answers', (response) => response.destroy()],
    [
      'cuts the connection in the middle of its answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{');
        setImmediate(() => response.destroy());
      },
    ],
  ])('retries the same delivery when the order service %s', async (_name, refuse) => {
    answer = (response, attempt) => (attempt < 3 ? refuse(response) : ok(response));
    sender.send(someResults(2));
    await sender.drain();
    expect(received.map(({ results }) => results)).toEqual([someResults(2), someResults(2), someResults(2)]);
    expect(slept).toEqual([200, 400]);
    expect(warnings()).toHaveLength(1);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['answers 503', fail],
    ['answers 401 because the clocks differ', (response) => response.writeHead(401).end('{}')],
    ['drops every connection', (response) => response.destroy()],
    ['is another server that accepts any request', (response) => response.end('<h1>It works!</h1>')],
  ])('retries without limit while the order service %s, then delivers', async (_name, refuse) => {
    answer = (response, attempt) => (attempt <= 100 ? refuse(response) : ok(response));
    sender.send(someResults(2));
    await sender.drain();
    expect(received).toHaveLength(101);
    expect(slept.slice(0, 7)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(warnings()).toHaveLength(1);
    expect(log.filter(({ msg }) => msg === 'order service accepts results again')).toHaveLength(1);
    expect(log.filter(({ msg }) => msg === 'result sent')).toHaveLength(2);
  });

  it('refused-login: isolates the result that makes the order service fail, and keeps it', async () => {
    const [poison, ...others] = someResults(50) as [MessageResult, ...MessageResult[]];
    const taken: string[] = [];
    answer = (response, attempt) => {
      const ids = received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (attempt === 20) sender.send(others);
      if (attempt < 60 && ids.includes(poison.messageId)) response.writeHead(500).end('{}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    sender.send([poison]);
    await poll(() => taken.includes(poison.messageId)).toBe(true);
    expect(taken.slice(0, 49).sort()).toEqual(others.map(({ messageId }) => messageId));
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('refused-login: does not drop or bisect results while every request is answered 500', async () => {
    answer = (response, attempt) => (attempt <= 100 ? response.writeHead(500).end('{}') : ok(response));
    sender.send(someResults(1_000));
    await sender.drain();
    await poll(() => new Set(delivered()).size).toBe(1_000);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    // Five failed single results show that no result is the cause. Later requests carry one result.
    expect(received.filter(({ results }) => results.length > 1).length).toBeLessThan(25);
    expect(warnings()).toHaveLength(1);
  });

  it('stops dropping results when more than five in a row are rejected', async () => {
    answer = (response, attempt) => (attempt <= 100 ? response.writeHead(400).end('{}') : ok(response));
    sender.send(someResults(100));
    await sender.drain();
    const errors = log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(5);
    expect(log.filter(({ msg }) => msg === 'result sent')).toHaveLength(1);
    expect(log.filter(({ msg }) => msg === 'results sent')).toMatchObject([{ results: 94 }]);
  });

  it.each([
    [400, true],
    [500, false],
  ])('delivers other results although many were rejected in a row with %i', async (status, drops) => {
    const bad = someResults(8);
    const others = someResults(20, 8);
    const badIds = new Set(bad.map(({ messageId }) => messageId));
    const taken = new Set<string>();
    answer = (response) => {
      const ids = received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (received.length === 30) sender.send(others);
      if (ids.some((id) => badIds.has(id))) response.writeHead(status).end('{}');
      else {
        for (const id of ids) taken.add(id);
        ok(response);
      }
    };
    sender.send(bad);
    await poll(() => taken.size)
      .toBe(20)
      .finally(() => {
        answer = ok;
      });
    expect(log.filter(({ level }) => level === 'error').length > 0).toBe(drops);
  });

  it('waits for the Retry-After of the answer, and keeps the results together', async () => {
    answer = (response, attempt) => {
      if (attempt <= 3) response.writeHead(503, { 'retry-after': attempt === 3 ? '9999' : '2' }).end('{}');
      else ok(response);
    };
    sender.send(someResults(100));
    await sender.drain();
    expect(received.map(({ results }) => results.length)).toEqual([100, 100, 100, 100]);
    expect(slept).toEqual([2_000, 2_000, 30_000]);
  });

  it('strict-results: drops only a result that the order service cannot read', async () => {
    const [bad, newer, good] = someResults(3) as [MessageResult, MessageResult, MessageResult];
    answer = (response) =>
      response.end(
        JSON.stringify({
          results: [
            { messageId: bad.messageId, status: 'invalid', reason: 'reason: expected text' },
            { messageId: newer.messageId, status: 'unsupported', reason: 'outcome: expected one of' },
            { messageId: good.messageId, status: 'applied' },
          ],
        }),
      );
    sender.send([bad, newer, good]);
    await sender.drain();
    expect(received).toHaveLength(1);
    expect(log.filter(({ msg }) => msg === 'result sent')).toMatchObject([{ messageId: good.messageId }]);
    expect(log.filter(({ level }) => level === 'error')).toMatchObject([
      { messageId: bad.messageId, reason: 'reason: expected text', results: 1 },
    ]);
    expect(warnings()).toMatchObject([{ messageId: newer.messageId, results: 1 }]);
  });

  it('strict-results: logs one line for many results that the order service cannot read', async () => {
    answer = (response) => {
      const results = received.at(-1)?.results.map(() => ({ status: 'invalid', reason: 'too new' }));
      response.end(JSON.stringify({ results }));
    };
    sender.send(someResults(1_000));
    await sender.drain();
    expect(received).toHaveLength(1);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('isolates a rejected result although every third request fails', async () => {
    const [poison, ...others] = someResults(50) as [MessageResult, ...MessageResult[]];
    const taken: string[] = [];
    answer = (response, attempt) => {
      const ids = received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (attempt % 3 === 0 && attempt < 300) fail(response);
      else if (ids.includes(poison.messageId)) response.writeHead(400).end('{}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    sender.send([poison, ...others]);
    await sender.drain();
    expect(taken.sort()).toEqual(others.map(({ messageId }) => messageId));
    expect(log.filter(({ level }) => level === 'error')).toMatchObject([{ messageId: poison.messageId }]);
    expect(received.length).toBeLessThan(60);
  });

  it('is not blocked by a request whose answer is always lost', async () => {
    const [first, ...others] = someResults(2_500) as [MessageResult, ...MessageResult[]];
    answer = (response) => {
      answer = (again) => again.destroy();
      sender.send(others);
      response.destroy();
    };
    sender.send([first]);
    await poll(() => new Set(delivered()).size).toBe(2_500);
    answer = ok;
    await sender.drain();
  });

  it('resends a result after a pause when another session has locked its rows', async () => {
    const [free, held] = someResults(2) as [MessageResult, MessageResult];
    answer = (response, attempt) =>
      response.end(
        JSON.stringify({
          results: received.at(-1)?.results.map(({ messageId }) => ({
            messageId,
            status: messageId === held.messageId && attempt < 3 ? 'locked' : 'applied',
          })),
        }),
      );
    sender.send([free, held]);
    await poll(() => received.map(({ results }) => results)).toEqual([[free, held], [held], [held]]);
    await sender.drain();
    const sent = log.filter(({ msg }) => msg === 'result sent').map(({ messageId }) => messageId);
    expect(sent).toEqual([free.messageId, held.messageId]);
    expect(slept).toEqual([5_000, 5_000]);
  });

  it('has capacity while few results wait or the order service is unavailable', async () => {
    let release = (_answer: typeof ok) => {};
    const arrived = new Promise<void>((resolve) => {
      answer = (response) => {
        answer = ok;
        release = (reply) => reply(response);
        resolve();
      };
    });
    sender.send(someResults(6_000));
    await arrived;
    sender.send(someResults(1, 6_000));
    let hasCapacity = false;
    const capacity = sender.waitForCapacity().then(() => {
      hasCapacity = true;
    });
    await new Promise(setImmediate);
    expect(hasCapacity).toBe(false);
    expect(await metrics.registry.metrics()).toMatch(/^inbox_results_waiting\S* 6001$/m);
    release(fail);
    await capacity;
    await sender.drain();
    await sender.waitForCapacity();
  });

  it('aborts a request whose answer takes too long, and retries it', { timeout: 60_000 }, async () => {
    answer = (response, attempt) => {
      if (attempt > 1) {
        ok(response);
        return;
      }
      response.writeHead(200, { 'content-length': '100' });
      const drip = setInterval(() => response.write(' '), 1_000);
      response.once('close', () => clearInterval(drip));
    };
    sender.send(someResults(1));
    await sender.drain();
    expect(received).toHaveLength(2);
  });

  it('logs many results in one line', async () => {
    sender.send(someResults(11));
    await sender.drain();
    expect(log).toMatchObject([{ msg: 'results sent', results: 11 }]);
  });

  it('reports a stall when every result is rejected, but not when only one is', async () => {
    const [bad] = someResults(1) as [MessageResult];
    let isRejected: (id: string) => boolean = (id) => id === bad.messageId;
    answer = (response) => {
      const ids = received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (ids.some(isRejected)) response.writeHead(400).end('{}');
      else ok(response);
    };
    sender.send(someResults(3));
    await sender.drain();
    elapsedMs += 31_000;
    expect(stallDetector.stallReason()).toBeNull();
    isRejected = () => true;
    for (let round = 0; round < 5; round += 1) {
      sender.send(someResults(1));
      await sender.drain();
      elapsedMs += 8_000;
    }
    expect(stallDetector.stallReason()).toMatch(/^sending: failing for/);
  });

  it('other-key: sends the failures of two orders whose records have one message id', async () => {
    const [result] = someResults(1) as [MessageResult];
    const failed: MessageResult = { ...result, outcome: 'FAILED' };
    const other = { ...failed, orderId: '00000000-0000-4000-8000-000000000001' };
    sender.send([failed, other]);
    await sender.drain();
    expect(received.map(({ results }) => results)).toEqual([[failed, other]]);
  });

  it('reports a stall while nothing is delivered, and recovers by itself', async () => {
    const seen: (string | null)[] = [];
    answer = (response, attempt) => {
      seen.push(stallDetector.stallReason());
      return attempt <= 12 ? fail(response) : ok(response);
    };
    sender.send(someResults(1));
    await sender.drain();
    expect(seen[5]).toBeNull();
    expect(seen[12]).toMatch(/^sending: failing for 4\d s/);
    expect(stallDetector.stallReason()).toBeNull();
  });

  it('keeps one copy of a waiting result when its message is redelivered', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      answer = (response) => {
        answer = ok;
        release = () => fail(response);
        resolve();
      };
    });
    const [result] = someResults(1) as [MessageResult];
    sender.send([result]);
    await first;
    sender.send([result]);
    sender.send(someResults(2, 1));
    sender.send(someResults(2, 1));
    const failed: MessageResult = { ...result, outcome: 'FAILED' };
    sender.send([failed]);
    release();
    await sender.drain();
    expect(received.map(({ results }) => results)).toEqual([
      [result],
      [...someResults(2, 1), failed, result],
    ]);
    sender.send([result]);
    await sender.drain();
    expect(received.at(-1)?.results).toEqual([result]);
  });

  it('sends waiting results on close, and drops the rest when a request fails', async () => {
    let asleep = () => {};
    const sleeping = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    sleep = (_ms, signal) => {
      asleep();
      return once(signal, 'abort').then(() => {});
    };
    answer = fail;
    sender.send(someResults(2_500));
    await sleeping;
    await sender.close();
    expect(received.map(({ results }) => results.length)).toEqual([MAX_RESULTS, MAX_RESULTS]);
    expect(warnings().at(-1)).toMatchObject({
      results: 2_500,
      reason: expect.stringContaining('answered 503'),
    });
  });

  it.each([400, 413, 422])('delivers the other results when some are rejected with %i', async (status) => {
    const all = someResults(40);
    const bad = new Set([all[7]?.messageId, all[8]?.messageId, all[39]?.messageId]);
    const taken: string[] = [];
    answer = (response) => {
      const ids = received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (ids.some((id) => bad.has(id))) response.writeHead(status).end('{"detail":"results.7.reason"}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    sender.send(all);
    await sender.drain();
    expect(taken.sort()).toEqual(all.map(({ messageId }) => messageId).filter((id) => !bad.has(id)));
    const errors = log.filter(({ level }) => level === 'error');
    expect(errors.map(({ messageId }) => messageId)).toEqual([...bad]);
    expect(errors[0]?.reason).toContain(`answered ${status}: {"detail":"results.7.reason"}`);
    // Not retried: the same body would be rejected again.
    expect([slept, warnings()]).toEqual([[], []]);
  });

  it('treats a rejected signature as an outage, because the results are valid', async () => {
    answer = (response, attempt) => {
      if (attempt < 3) response.writeHead(401).end('{"detail":"webhook-timestamp is 400 s behind"}');
      else ok(response);
    };
    sender.send(someResults(4));
    await sender.drain();
    expect(delivered()).toHaveLength(12);
    expect(warnings()).toMatchObject([{ reason: expect.stringContaining('400 s behind') }]);
  });

  it('drops results above the limit with one log line, and delivers the rest', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      answer = (response, attempt) => {
        if (attempt > 1) ok(response);
        else {
          release = () => ok(response);
          resolve();
        }
      };
    });
    sender.send(someResults(1));
    await first;
    sender.send(someResults(20_010, 1));
    release();
    await sender.drain();
    expect(delivered()).toHaveLength(20_000);
    expect(warnings()).toMatchObject([{ results: 11, reason: 'too many waited' }]);
  });
});
