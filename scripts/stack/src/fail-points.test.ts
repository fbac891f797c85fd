import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFailPointHandler, parseFailPoints } from './arm-fail-points.js';

const parse = (text: string) => parseFailPoints(text, ['a.before', 'a.after']);

function arm(text: string) {
  const signals: string[] = [];
  const logged: unknown[] = [];
  const failPoint = createFailPointHandler(parse(text), {
    log: (entry) => logged.push(entry),
    signal: (name) => signals.push(name),
  });
  return { failPoint, signals, logged };
}

/** Whether the work settles within some turns of the event loop. */
const settles = (work: Promise<unknown>) =>
  Promise.race([work.then(() => true), sleep(50).then(() => false)]);

describe('FAIL_POINTS', () => {
  it.each([
    'unknown=kill',
    'a.before',
    'a.before=explode',
    'a.before=kill@0',
    'a.before=pause',
    'A.BEFORE=kill',
  ])('rejects %s and lists the points and the actions', (text) => {
    expect(() => parse(text)).toThrow(
      /FAIL_POINTS is wrong: ".+", expected .*Points: a\.before, a\.after\. Actions: kill, stop, error, /,
    );
  });

  it('arms several points, each with its action and its hit', () => {
    expect([...parse('a.before=pause:250@* , a.after=error:40001@3')]).toEqual([
      ['a.before', { action: { kind: 'pause', ms: 250 }, hit: null }],
      ['a.after', { action: { kind: 'error', code: '40001' }, hit: 3 }],
    ]);
  });

  it('arms nothing when it is empty', async () => {
    const { failPoint, logged } = arm('');
    await failPoint('a.before');
    expect(logged).toEqual([]);
  });
});

describe('an armed fail-point', () => {
  it('kills the process at its hit and runs no further line', async () => {
    const { failPoint, signals, logged } = arm('a.before=kill@3');
    await failPoint('a.before');
    await failPoint('a.after');
    await failPoint('a.before');
    expect(signals).toEqual([]);
    expect(await settles(failPoint('a.before'))).toBe(false);
    expect(signals).toEqual(['SIGKILL']);
    expect(logged).toEqual([{ point: 'a.before', action: 'kill' }]);
  });

  it('stops the process once and then lets it continue', async () => {
    const { failPoint, signals } = arm('a.before=stop');
    await failPoint('a.before');
    await failPoint('a.before');
    expect(signals).toEqual(['SIGSTOP']);
  });

  it('throws the error of a lost connection, or the given SQLSTATE, once or at every hit', async () => {
    await expect(arm('a.before=error').failPoint('a.before')).rejects.toMatchObject({ code: '08006' });
    const { failPoint } = arm('a.before=error:40P01@*');
    for (let hit = 1; hit <= 3; hit += 1) {
      await expect(failPoint('a.before')).rejects.toMatchObject({ code: '40P01' });
    }
  });
});
