import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { MAX_RESULTS, type MessageResult } from '@lmt/contracts';
import { signBody } from '@lmt/service-kit';
import { describe, expect, it } from 'vitest';
import {
  fail,
  ok,
  type Received,
  SECRET,
  type SenderTest,
  someResults,
  startSenders,
} from './result-sender.fixture.js';

let test: SenderTest;
startSenders((started) => {
  test = started;
});

describe('sending results', () => {
  it('sends the results of one turn in one request, signed with the first secret', async () => {
    test.sender.send(someResults(2));
    test.sender.send(someResults(1, 2));
    await test.sender.drain();
    expect(test.received).toHaveLength(1);
    const [{ headers, body, results }] = test.received as [Received];
    expect(results).toEqual(someResults(3));
    const { sentAt } = JSON.parse(body);
    expect(new Date(sentAt).toISOString()).toBe(sentAt);
    expect(Math.abs(Date.now() - Date.parse(sentAt))).toBeLessThan(60_000);
    expect(headers['content-type']).toBe('application/json');
    const id = String(headers['webhook-id']);
    const timestamp = Number(headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1_000 - timestamp)).toBeLessThan(60);
    expect(headers).toMatchObject(signBody(SECRET, { id, timestamp, body }));
    expect(test.log.filter(({ msg }) => msg === 'result sent')).toHaveLength(3);
  });

  it('gathers the results that arrive during a request, at most 1,000 in the next one', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      test.answer = (response, attempt) => {
        if (attempt > 1) ok(response);
        else {
          release = () => ok(response);
          resolve();
        }
      };
    });
    test.sender.send(someResults(1));
    await first;
    test.sender.send(someResults(2_500, 1));
    expect(test.received).toHaveLength(1);
    release();
    await test.sender.drain();
    expect(test.received.map(({ results }) => results.length)).toEqual([1, MAX_RESULTS, MAX_RESULTS, 500]);
    expect(test.delivered()).toEqual(someResults(2_501).map(({ messageId }) => messageId));
  });

  it('sends nothing for no results', async () => {
    test.sender.send([]);
    await test.sender.drain();
    expect(test.received).toEqual([]);
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
    test.answer = (response, attempt) => (attempt < 3 ? refuse(response) : ok(response));
    test.sender.send(someResults(2));
    await test.sender.drain();
    expect(test.received.map(({ results }) => results)).toEqual([
      someResults(2),
      someResults(2),
      someResults(2),
    ]);
    expect(test.slept).toEqual([200, 400]);
    expect(test.warnings()).toHaveLength(1);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['answers 503', fail],
    ['answers 401 because the clocks differ', (response) => response.writeHead(401).end('{}')],
    ['drops every connection', (response) => response.destroy()],
    ['is another server that accepts any request', (response) => response.end('<h1>It works!</h1>')],
  ])('retries without limit while the order service %s, then delivers', async (_name, refuse) => {
    test.answer = (response, attempt) => (attempt <= 100 ? refuse(response) : ok(response));
    test.sender.send(someResults(2));
    await test.sender.drain();
    expect(test.received).toHaveLength(101);
    expect(test.slept.slice(0, 7)).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(test.warnings()).toHaveLength(1);
    expect(test.log.filter(({ msg }) => msg === 'order service accepts results again')).toHaveLength(1);
    expect(test.log.filter(({ msg }) => msg === 'result sent')).toHaveLength(2);
  });

  it('has capacity while few results wait or the order service is unavailable', async () => {
    let release = (_answer: typeof ok) => {};
    const arrived = new Promise<void>((resolve) => {
      test.answer = (response) => {
        test.answer = ok;
        release = (reply) => reply(response);
        resolve();
      };
    });
    test.sender.send(someResults(6_000));
    await arrived;
    test.sender.send(someResults(1, 6_000));
    let hasCapacity = false;
    const capacity = test.sender.waitForCapacity().then(() => {
      hasCapacity = true;
    });
    await new Promise(setImmediate);
    expect(hasCapacity).toBe(false);
    expect(await test.metrics.registry.metrics()).toMatch(/^inbox_results_waiting\S* 6001$/m);
    release(fail);
    await capacity;
    await test.sender.drain();
    await test.sender.waitForCapacity();
  });

  it('aborts a request whose answer takes too long, and retries it', { timeout: 60_000 }, async () => {
    test.answer = (response, attempt) => {
      if (attempt > 1) {
        ok(response);
        return;
      }
      response.writeHead(200, { 'content-length': '100' });
      const drip = setInterval(() => response.write(' '), 1_000);
      response.once('close', () => clearInterval(drip));
    };
    test.sender.send(someResults(1));
    await test.sender.drain();
    expect(test.received).toHaveLength(2);
  });

  it('logs many results in one line', async () => {
    test.sender.send(someResults(11));
    await test.sender.drain();
    expect(test.log).toMatchObject([{ msg: 'results sent', results: 11 }]);
  });

  it('other-key: sends the failures of two orders whose records have one message id', async () => {
    const [result] = someResults(1) as [MessageResult];
    const failed: MessageResult = { ...result, outcome: 'FAILED' };
    const other = { ...failed, orderId: '00000000-0000-4000-8000-000000000001' };
    test.sender.send([failed, other]);
    await test.sender.drain();
    expect(test.received.map(({ results }) => results)).toEqual([[failed, other]]);
  });

  it('reports a stall while nothing is delivered, and recovers by itself', async () => {
    const seen: (string | null)[] = [];
    test.answer = (response, attempt) => {
      seen.push(test.stallDetector.stallReason());
      return attempt <= 12 ? fail(response) : ok(response);
    };
    test.sender.send(someResults(1));
    await test.sender.drain();
    expect(seen[5]).toBeNull();
    expect(seen[12]).toMatch(/^sending: failing for 4\d s/);
    expect(test.stallDetector.stallReason()).toBeNull();
  });

  it('keeps one copy of a waiting result when its message is redelivered', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      test.answer = (response) => {
        test.answer = ok;
        release = () => fail(response);
        resolve();
      };
    });
    const [result] = someResults(1) as [MessageResult];
    test.sender.send([result]);
    await first;
    test.sender.send([result]);
    test.sender.send(someResults(2, 1));
    test.sender.send(someResults(2, 1));
    const failed: MessageResult = { ...result, outcome: 'FAILED' };
    test.sender.send([failed]);
    release();
    await test.sender.drain();
    expect(test.received.map(({ results }) => results)).toEqual([
      [result],
      [...someResults(2, 1), failed, result],
    ]);
    test.sender.send([result]);
    await test.sender.drain();
    expect(test.received.at(-1)?.results).toEqual([result]);
  });

  it('sends waiting results on close, and drops the rest when a request fails', async () => {
    let asleep = () => {};
    const sleeping = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    test.sleep = (_ms, signal) => {
      asleep();
      return once(signal, 'abort').then(() => {});
    };
    test.answer = fail;
    test.sender.send(someResults(2_500));
    await sleeping;
    await test.sender.close();
    expect(test.received.map(({ results }) => results.length)).toEqual([MAX_RESULTS, MAX_RESULTS]);
    expect(test.warnings().at(-1)).toMatchObject({
      results: 2_500,
      reason: expect.stringContaining('answered 503'),
    });
  });

  it('drops results above the limit with one log line, and delivers the rest', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      test.answer = (response, attempt) => {
        if (attempt > 1) ok(response);
        else {
          release = () => ok(response);
          resolve();
        }
      };
    });
    test.sender.send(someResults(1));
    await first;
    test.sender.send(someResults(20_010, 1));
    release();
    await test.sender.drain();
    expect(test.delivered()).toHaveLength(20_000);
    expect(test.warnings()).toMatchObject([{ results: 11, reason: 'too many waited' }]);
  });
});
