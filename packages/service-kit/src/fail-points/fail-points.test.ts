import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../config/parse-config.js';
import { createLogger } from '../logging/create-logger.js';
import { createFailPoints } from './create-fail-points.js';
import { failAroundTransactions } from './fail-around-transactions.js';
import { failPointSettings, failPointsInTestsOnly } from './fail-point-settings.js';

const config = z
  .object({ ...failPointSettings(['a.before', 'a.after'] as const) })
  .refine(...failPointsInTestsOnly);
const logger = createLogger({ service: 'test', level: 'fatal', format: 'json' });

const armedBy = (text: string) => parseConfig(config, { FAIL_POINTS: text, NODE_ENV: 'test' }).FAIL_POINTS;

function failPoints(text: string) {
  const signals: string[] = [];
  const failHere = createFailPoints({ armed: armedBy(text), logger, signal: (name) => signals.push(name) });
  if (failHere === null) throw new Error('nothing is armed');
  return { failHere, signals };
}

/** Whether it ends within some turns of the event loop. */
const ends = (work: Promise<unknown>) => Promise.race([work.then(() => true), sleep(50).then(() => false)]);

describe('the setting FAIL_POINTS', () => {
  it.each([{}, { NODE_ENV: 'production' }, { NODE_ENV: 'development' }])('is refused with %j', (env) => {
    expect(() => parseConfig(config, { FAIL_POINTS: 'a.before=kill', ...env })).toThrow(
      'FAIL_POINTS  is wrong: refused: it makes the process fail, which is for tests only',
    );
  });

  it.each([
    'unknown=kill',
    'a.before',
    'a.before=explode',
    'a.before=kill@0',
    'a.before=pause',
    'A.BEFORE=kill',
  ])('refuses %s and lists the points and the actions', (text) => {
    expect(() => armedBy(text)).toThrow(
      /FAIL_POINTS {2}is wrong: .+, expected .*Points here: a\.before, a\.after\. Actions: kill, stop, error, /,
    );
  });

  it('arms several points, each with its action and its hit', () => {
    expect([...armedBy('a.before=pause:250@* , a.after=error:40001@3')]).toEqual([
      ['a.before', { action: { kind: 'pause', ms: 250 }, hit: null }],
      ['a.after', { action: { kind: 'error', code: '40001' }, hit: 3 }],
    ]);
  });

  it('arms nothing when it is not set, in production too', () => {
    const { FAIL_POINTS } = parseConfig(config, { NODE_ENV: 'production' });
    expect(createFailPoints({ armed: FAIL_POINTS, logger })).toBeNull();
  });
});

describe('a fail-point', () => {
  it('kills at the hit it was told, and runs no line after that', async () => {
    const { failHere, signals } = failPoints('a.before=kill@3');
    await failHere('a.before');
    await failHere('a.after');
    await failHere('a.before');
    expect(signals).toEqual([]);
    expect(await ends(failHere('a.before'))).toBe(false);
    expect(signals).toEqual(['SIGKILL']);
  });

  it('stops once and then goes on', async () => {
    const { failHere, signals } = failPoints('a.before=stop');
    await failHere('a.before');
    await failHere('a.before');
    expect(signals).toEqual(['SIGSTOP']);
  });

  it('throws what a lost connection would, or the SQLSTATE it was told, at each hit if so told', async () => {
    await expect(failPoints('a.before=error').failHere('a.before')).rejects.toMatchObject({ code: '08006' });
    const { failHere } = failPoints('a.before=error:40P01@*');
    for (let hit = 1; hit <= 3; hit += 1) {
      await expect(failHere('a.before')).rejects.toMatchObject({ code: '40P01' });
    }
  });
});

describe('a transaction among fail-points', () => {
  class FakeDatabase {
    readonly #log: string[];
    constructor(log: string[]) {
      this.#log = log;
    }
    async $transaction<T>(work: (tx: string) => Promise<T>): Promise<T> {
      const result = await work('tx');
      this.#log.push('commit');
      return result;
    }
  }

  it('passes them before, before the commit and after it', async () => {
    const log: string[] = [];
    const record = async (point: string) => void log.push(point);
    const database = failAroundTransactions(new FakeDatabase(log), record, {
      before: 'before',
      beforeCommit: 'before the commit',
      afterCommit: 'after it',
    });
    const result = await database.$transaction(async (tx) => {
      log.push(`work with ${tx}`);
      return 7;
    });
    expect(result).toBe(7);
    expect(log).toEqual(['before', 'work with tx', 'before the commit', 'commit', 'after it']);
  });

  it('is not touched when none is armed', () => {
    const database = new FakeDatabase([]);
    expect(failAroundTransactions(database, null, { before: 'x' })).toBe(database);
  });
});
