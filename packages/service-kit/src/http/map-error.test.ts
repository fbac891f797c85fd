import { describe, expect, it } from 'vitest';
import { conflict, databaseProblem } from '../problem/problem.js';
import { serve } from './loopback.fixture.js';

describe('an app with mapError', () => {
  it('answers with the problem that mapError returns', async () => {
    const { url } = await serve(
      (router) => {
        router.get('/', () => {
          throw new RangeError('beyond');
        });
      },
      { mapError: (error) => (error instanceof RangeError ? conflict('Beyond the range.') : null) },
    );
    expect((await fetch(url)).status).toBe(409);
  });

  it('logs the reason of a database outage in place of the error, and does not send it', async () => {
    const { url, log } = await serve(
      (router) => {
        router.get('/', () => {
          throw new Error('the text of the driver');
        });
      },
      { mapError: () => databaseProblem('unavailable', 'the database is read-only') },
    );
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.text()).toContain('The database did not confirm the request.');
    const lines = log.filter(({ level }) => level === 'warn');
    expect(lines).toMatchObject([{ msg: 'requests failed', reason: 'the database is read-only' }]);
    expect(lines[0]).not.toHaveProperty('err');
  });

  it('logs a second reason at once, and each reason once in ten seconds', async () => {
    const reasons = ['read-only', 'read-only', 'refuses the login', 'read-only'];
    const rest = [...reasons];
    const { url, log } = await serve(
      (router) => {
        router.get('/', () => {
          throw new Error('the text of the driver');
        });
      },
      { mapError: () => databaseProblem('unavailable', rest.shift() ?? '') },
    );
    for (const _ of reasons) await fetch(url);
    const lines = log.filter(({ level }) => level === 'warn');
    expect(lines.map(({ reason }) => reason)).toEqual(['read-only', 'refuses the login']);
  });
});
