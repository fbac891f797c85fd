import type { MessageResult } from '@lmt/contracts';
import { describe, expect, it } from 'vitest';
import { fail, ok, poll, type SenderTest, someResults, startSenders } from './result-sender.fixture.js';

let test: SenderTest;
startSenders((started) => {
  test = started;
});

describe('results that the order service rejects', () => {
  it('refused-login: isolates the result that makes the order service fail, and keeps it', async () => {
    const [poison, ...others] = someResults(50) as [MessageResult, ...MessageResult[]];
    const taken: string[] = [];
    test.answer = (response, attempt) => {
      const ids = test.received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (attempt === 20) test.sender.send(others);
      if (attempt < 60 && ids.includes(poison.messageId)) response.writeHead(500).end('{}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    test.sender.send([poison]);
    await poll(() => taken.includes(poison.messageId)).toBe(true);
    expect(taken.slice(0, 49).sort()).toEqual(others.map(({ messageId }) => messageId));
    expect(test.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('refused-login: does not drop or bisect results while every request is answered 500', async () => {
    test.answer = (response, attempt) => (attempt <= 100 ? response.writeHead(500).end('{}') : ok(response));
    test.sender.send(someResults(1_000));
    await test.sender.drain();
    await poll(() => new Set(test.delivered()).size).toBe(1_000);
    expect(test.log.filter(({ level }) => level === 'error')).toEqual([]);
    // Five failed single results show that no result is the cause. Later requests carry one result.
    expect(test.received.filter(({ results }) => results.length > 1).length).toBeLessThan(25);
    expect(test.warnings()).toHaveLength(1);
  });

  it('stops dropping results when more than five in a row are rejected', async () => {
    test.answer = (response, attempt) => (attempt <= 100 ? response.writeHead(400).end('{}') : ok(response));
    test.sender.send(someResults(100));
    await test.sender.drain();
    const errors = test.log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(5);
    expect(test.log.filter(({ msg }) => msg === 'result sent')).toHaveLength(1);
    expect(test.log.filter(({ msg }) => msg === 'results sent')).toMatchObject([{ results: 94 }]);
  });

  it.each([
    [400, true],
    [500, false],
  ])('delivers other results although many were rejected in a row with %i', async (status, drops) => {
    const bad = someResults(8);
    const others = someResults(20, 8);
    const badIds = new Set(bad.map(({ messageId }) => messageId));
    const taken = new Set<string>();
    test.answer = (response) => {
      const ids = test.received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (test.received.length === 30) test.sender.send(others);
      if (ids.some((id) => badIds.has(id))) response.writeHead(status).end('{}');
      else {
        for (const id of ids) taken.add(id);
        ok(response);
      }
    };
    test.sender.send(bad);
    await poll(() => taken.size)
      .toBe(20)
      .finally(() => {
        test.answer = ok;
      });
    expect(test.log.filter(({ level }) => level === 'error').length > 0).toBe(drops);
  });

  it('waits for the Retry-After of the answer, and keeps the results together', async () => {
    test.answer = (response, attempt) => {
      if (attempt <= 3) response.writeHead(503, { 'retry-after': attempt === 3 ? '9999' : '2' }).end('{}');
      else ok(response);
    };
    test.sender.send(someResults(100));
    await test.sender.drain();
    expect(test.received.map(({ results }) => results.length)).toEqual([100, 100, 100, 100]);
    expect(test.slept).toEqual([2_000, 2_000, 30_000]);
  });

  it('strict-results: drops only a result that the order service cannot read', async () => {
    const [bad, newer, good] = someResults(3) as [MessageResult, MessageResult, MessageResult];
    test.answer = (response) =>
      response.end(
        JSON.stringify({
          results: [
            { messageId: bad.messageId, status: 'invalid', reason: 'reason: expected text' },
            { messageId: newer.messageId, status: 'unsupported', reason: 'outcome: expected one of' },
            { messageId: good.messageId, status: 'applied' },
          ],
        }),
      );
    test.sender.send([bad, newer, good]);
    await test.sender.drain();
    expect(test.received).toHaveLength(1);
    expect(test.log.filter(({ msg }) => msg === 'result sent')).toMatchObject([
      { messageId: good.messageId },
    ]);
    expect(test.log.filter(({ level }) => level === 'error')).toMatchObject([
      { messageId: bad.messageId, reason: 'reason: expected text', results: 1 },
    ]);
    expect(test.warnings()).toMatchObject([{ messageId: newer.messageId, results: 1 }]);
  });

  it('strict-results: logs one line for many results that the order service cannot read', async () => {
    test.answer = (response) => {
      const results = test.received.at(-1)?.results.map(() => ({ status: 'invalid', reason: 'too new' }));
      response.end(JSON.stringify({ results }));
    };
    test.sender.send(someResults(1_000));
    await test.sender.drain();
    expect(test.received).toHaveLength(1);
    expect(test.log.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('isolates a rejected result although every third request fails', async () => {
    const [poison, ...others] = someResults(50) as [MessageResult, ...MessageResult[]];
    const taken: string[] = [];
    test.answer = (response, attempt) => {
      const ids = test.received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (attempt % 3 === 0 && attempt < 300) fail(response);
      else if (ids.includes(poison.messageId)) response.writeHead(400).end('{}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    test.sender.send([poison, ...others]);
    await test.sender.drain();
    expect(taken.sort()).toEqual(others.map(({ messageId }) => messageId));
    expect(test.log.filter(({ level }) => level === 'error')).toMatchObject([
      { messageId: poison.messageId },
    ]);
    expect(test.received.length).toBeLessThan(60);
  });

  it('is not blocked by a request whose answer is always lost', async () => {
    const [first, ...others] = someResults(2_500) as [MessageResult, ...MessageResult[]];
    test.answer = (response) => {
      test.answer = (again) => again.destroy();
      test.sender.send(others);
      response.destroy();
    };
    test.sender.send([first]);
    await poll(() => new Set(test.delivered()).size).toBe(2_500);
    test.answer = ok;
    await test.sender.drain();
  });

  it('resends a result after a pause when another session has locked its rows', async () => {
    const [free, held] = someResults(2) as [MessageResult, MessageResult];
    test.answer = (response, attempt) =>
      response.end(
        JSON.stringify({
          results: test.received.at(-1)?.results.map(({ messageId }) => ({
            messageId,
            status: messageId === held.messageId && attempt < 3 ? 'locked' : 'applied',
          })),
        }),
      );
    test.sender.send([free, held]);
    await poll(() => test.received.map(({ results }) => results)).toEqual([[free, held], [held], [held]]);
    await test.sender.drain();
    const sent = test.log.filter(({ msg }) => msg === 'result sent').map(({ messageId }) => messageId);
    expect(sent).toEqual([free.messageId, held.messageId]);
    expect(test.slept).toEqual([5_000, 5_000]);
  });

  it('reports a stall when every result is rejected, but not when only one is', async () => {
    const [bad] = someResults(1) as [MessageResult];
    let isRejected: (id: string) => boolean = (id) => id === bad.messageId;
    test.answer = (response) => {
      const ids = test.received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (ids.some(isRejected)) response.writeHead(400).end('{}');
      else ok(response);
    };
    test.sender.send(someResults(3));
    await test.sender.drain();
    test.elapsedMs += 31_000;
    expect(test.stallDetector.stallReason()).toBeNull();
    isRejected = () => true;
    for (let round = 0; round < 5; round += 1) {
      test.sender.send(someResults(1));
      await test.sender.drain();
      test.elapsedMs += 8_000;
    }
    expect(test.stallDetector.stallReason()).toMatch(/^sending: failing for/);
  });

  it.each([400, 413, 422])('delivers the other results when some are rejected with %i', async (status) => {
    const all = someResults(40);
    const bad = new Set([all[7]?.messageId, all[8]?.messageId, all[39]?.messageId]);
    const taken: string[] = [];
    test.answer = (response) => {
      const ids = test.received.at(-1)?.results.map(({ messageId }) => messageId) ?? [];
      if (ids.some((id) => bad.has(id))) response.writeHead(status).end('{"detail":"results.7.reason"}');
      else {
        taken.push(...ids);
        ok(response);
      }
    };
    test.sender.send(all);
    await test.sender.drain();
    expect(taken.sort()).toEqual(all.map(({ messageId }) => messageId).filter((id) => !bad.has(id)));
    const errors = test.log.filter(({ level }) => level === 'error');
    expect(errors.map(({ messageId }) => messageId)).toEqual([...bad]);
    expect(errors[0]?.reason).toContain(`answered ${status}: {"detail":"results.7.reason"}`);
    // Not retried: the same body would be rejected again.
    expect([test.slept, test.warnings()]).toEqual([[], []]);
  });

  it('treats a rejected signature as an outage, because the results are valid', async () => {
    test.answer = (response, attempt) => {
      if (attempt < 3) response.writeHead(401).end('{"detail":"webhook-timestamp is 400 s behind"}');
      else ok(response);
    };
    test.sender.send(someResults(4));
    await test.sender.drain();
    expect(test.delivered()).toHaveLength(12);
    expect(test.warnings()).toMatchObject([{ reason: expect.stringContaining('400 s behind') }]);
  });
});
