import { describe, expect, test } from 'vitest';
import {
  changes,
  deadLetters,
  fakeBulk,
  ids,
  run,
  serveFakeService,
  service,
  token,
} from './fake-service.fixture.js';

serveFakeService();

describe('requeue and discard by id', () => {
  test('send one request per message, with the operator and the reason', async () => {
    service.respond = ({ path }) => [200, { id: path }];
    const result = await run(['discard', ...ids.slice(0, 2), '--reason', 'never mind', '--by', 'Zoë']);
    expect(result).toEqual({ code: 0, out: `${ids[0]}  discarded\n${ids[1]}  discarded`, err: '' });
    expect(service.requests).toMatchObject(
      ids.slice(0, 2).map((id) => ({
        method: 'POST',
        path: `/messages/${id}/discard`,
        body: { reason: 'never mind' },
        headers: { authorization: `Bearer ${token}`, 'x-operator': Buffer.from('Zoë').toString('latin1') },
      })),
    );
  });

  test('continue after a rejection, and exit with 1', async () => {
    service.respond = ({ path }) =>
      path.includes(ids[0] ?? '') ? [409, { detail: `${ids[0]} is COMPLETED` }] : [200, { id: ids[1] }];
    expect(await run(['requeue', ...ids.slice(0, 2)])).toEqual({
      code: 1,
      out: `${ids[1]}  requeued`,
      err: `${ids[0]} is COMPLETED`,
    });
    const { code, out } = await run(['requeue', ...ids.slice(0, 2), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      items: [
        { id: ids[0], outcome: 'refused', status: 409, detail: `${ids[0]} is COMPLETED` },
        { id: ids[1], outcome: 'requeued', message: { id: ids[1] } },
      ],
    });
  });

  test('stop when the service fails, and report how many messages were not tried', async () => {
    service.respond = ({ path }) =>
      path.includes(ids[0] ?? '') ? [200, {}] : [503, { detail: 'the database is away' }];
    expect(await run(['requeue', ...ids])).toEqual({
      code: 1,
      out: `${ids[0]}  requeued`,
      err: `the database is away; run the command again later\n1 message after ${ids[1]} was not tried`,
    });
  });
});

describe('a decision', () => {
  test('is resent with the same key when its reply is lost or the service answers 503', async () => {
    let count = 0;
    service.respond = () => {
      count += 1;
      return count === 1 ? 'reset' : count === 2 ? [503, { detail: 'away' }] : [200, {}];
    };
    expect(await run(['send-now', ids[0] ?? ''])).toEqual({ code: 0, out: `${ids[0]}  sent now`, err: '' });
    const keys = service.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^[\da-f-]{36}$/)]));
    await run(['send-now', ids[0] ?? '']);
    expect(service.requests.at(-1)?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  test('reports an outage without advice about keys', async () => {
    service.respond = () => [
      503,
      { detail: 'The database is away. Retry, with the same Idempotency-Key if the request had one.' },
    ];
    const { code, err } = await run(['requeue', ids[0] ?? '']);
    expect({ code, err }).toEqual({ code: 1, err: 'The database is away; run the command again later' });
  });

  test("has the token's name, unless the operator specified another name", async () => {
    service.respond = ({ headers }) =>
      headers['x-operator'] === undefined
        ? [200, {}]
        : [400, { detail: 'x', errors: [{ path: 'x-operator', message: 'the token belongs to bob' }] }];
    expect((await run(['requeue', ...ids])).code).toBe(0);
    expect(service.requests).toHaveLength(4);
    expect(await run(['requeue', ids[0] ?? '', '--by', 'eve'])).toMatchObject({
      code: 2,
      err: 'x-operator: the token belongs to bob',
    });
  });

  test('by filter continues behind a part without matches, and names a lower bound', async () => {
    const page = { changed: 0, refused: 0, items: [], more: true, complete: false };
    const done = { matched: 2, changed: 2, refused: 0, items: deadLetters(2), more: false };
    service.respond = ({ body }) => {
      if (body.dryRun) return [200, { ...page, matched: 0, dryRun: true, nextCursor: 'c1' }];
      if (body.cursor === 'c1') return [200, { ...done, dryRun: false, complete: true, nextCursor: null }];
      return [200, { ...page, matched: 0, dryRun: false, nextCursor: 'c1' }];
    };
    const { out } = await run(['send-now', '--error', 'x', '--reason', 'r', '--yes']);
    expect(out).toMatch(/at least 0 waiting messages match, 2 were sent now$/);
    expect((await run(['send-now', '--all', '--dry-run'])).out).toBe(
      'at least 0 waiting messages match, at least 0 would be sent now',
    );
  });
});

describe('requeue and discard by filter', () => {
  test('change every match in batches of a thousand, after a dry run', async () => {
    fakeBulk(2_300);
    const { code, out } = await run(['requeue', '--type', 't', '--reason', 'repaired', '--yes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ matched: 2_300, changed: 2_300, refused: 0, more: false });
    expect(JSON.parse(out).items).toHaveLength(2_300);
    expect(service.requests[0]?.body).toEqual({ filter: { type: 't' }, limit: 1_000, dryRun: true });
    expect(changes().map(({ body }) => body)).toEqual(
      [{ limit: 1_000 }, { limit: 1_000, cursor: 'c1300' }, { limit: 300, cursor: 'c300' }].map((batch) => ({
        filter: { type: 't' },
        reason: 'repaired',
        ...batch,
      })),
    );
  });

  test('never exceed the limit, nor the number of matches at the start', async () => {
    fakeBulk(2_300);
    await run(['requeue', '--all', '--reason', 'r', '--yes', '--limit', '1200']);
    expect(changes().map(({ body }) => body.limit)).toEqual([1_000, 200]);
    service.requests = [];
    // Each message dies again at once.
    service.respond = ({ body }) => {
      const items = deadLetters(Math.min(5, body.limit ?? 0));
      const page = { more: true, complete: true, nextCursor: 'c' };
      return [200, { matched: 5, changed: items.length, refused: 0, dryRun: false, items, ...page }];
    };
    const { out } = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(changes()).toHaveLength(1);
    expect(out).toMatch(/5 DEAD messages match, 5 were requeued$/);
  });

  test('change nothing in a dry run', async () => {
    fakeBulk(3, 1);
    const { code, out } = await run(['discard', '--all', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /4 DEAD messages match, 3 would be discarded; 1 cancellation stays DEAD: requeue it instead/,
    );
    expect(changes()).toEqual([]);
  });

  test('list the messages and ask for confirmation', async () => {
    fakeBulk(3);
    for (const typed of ['n\n', '\n', 'yes please\n', '']) {
      const result = await run(['requeue', '--all', '--reason', 'r'], { typed });
      expect(result).toMatchObject({ code: 1, out: '', err: expect.stringContaining('nothing was changed') });
      expect(result.err).toContain('id-2');
    }
    expect(changes()).toEqual([]);
    expect(await run(['requeue', '--all', '--reason', 'r'], { typed: 'y\n' })).toMatchObject({
      code: 0,
      out: '3 DEAD messages match, 3 were requeued',
    });
  });

  test('need --yes without a terminal', async () => {
    const result = await run(['requeue', '--all', '--reason', 'r']);
    expect(result).toMatchObject({ code: 2, err: expect.stringContaining('--yes is missing') });
    expect(service.requests).toEqual([]);
  });

  test('exit with 1 if a message was refused, and with 0 if none matches', async () => {
    fakeBulk(1, 2);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/3 DEAD messages match, 1 was discarded; 2 cancellations stay DEAD/),
    });
    fakeBulk(0);
    expect(await run(['discard', '--all', '--reason', 'r', '--yes'])).toMatchObject({ code: 0 });
  });

  test('report the messages that the service skipped', async () => {
    service.respond = ({ body: { dryRun } }) => {
      const items = deadLetters(dryRun ? 3 : 1);
      const counts = { matched: 3, changed: dryRun ? 0 : 1, refused: 0, more: true, complete: true };
      return [200, { ...counts, dryRun, items, nextCursor: null }];
    };
    const { code, out, err } = await run(['requeue', '--all', '--reason', 'repaired', '--yes']);
    expect({ code, err }).toEqual({
      code: 0,
      err: '2 messages skipped: locked or changed by another transaction',
    });
    expect(out).toContain('3 DEAD messages match, 1 was requeued');
  });

  test('report the messages that were changed before the service failed', async () => {
    fakeBulk(1_500);
    const respondNormally = service.respond;
    service.respond = (request) =>
      request.body.limit === 500 ? [503, { detail: 'away' }] : respondNormally(request);
    const result = await run(['requeue', '--all', '--reason', 'r', '--yes']);
    expect(result).toEqual({
      code: 1,
      out: '',
      err: '1,000 messages had been requeued before this:\naway; run the command again later',
    });
  });
});
