import type { TimelineStep, WaitingStage } from '@lmt/contracts/timeline';
import { describe, expect, it } from 'vitest';
import { describeWaiting } from './describe-waiting.ts';

const soon = '2026-11-26T12:00:10.000Z';
const base = { clock: 'order database', sincePreviousMs: null } as const;
const waiting = (stage: WaitingStage, at: string | null = null): TimelineStep => ({
  ...base,
  kind: 'waiting',
  stage,
  at,
});
const retry = (at: string | null): TimelineStep => ({
  ...base,
  kind: 'next-retry',
  attempt: 2,
  reason: null,
  at,
});
const message = { status: 'PUBLISHED', lastError: null, result: null } as const;

describe('describeWaiting', () => {
  it('counts down to the time when the relay publishes again', () => {
    expect(describeWaiting(message, [waiting('consumer'), retry(soon)])).toMatchObject({
      key: 'now.consumer',
      until: soon,
    });
    expect(describeWaiting(message, [waiting('result'), retry(null)])).toMatchObject({
      key: 'now.result-due',
      until: null,
    });
  });

  it('counts down to the end of the lease while a relay publishes', () => {
    expect(describeWaiting(message, [waiting('in-flight', soon)])).toMatchObject({
      key: 'now.in-flight',
      until: soon,
    });
  });

  it('distinguishes a message that backs off from one that is due', () => {
    const failed = { ...message, status: 'PENDING', lastError: 'no leader' } as const;
    expect(describeWaiting(failed, [waiting('relay'), retry(soon)])).toMatchObject({
      key: 'now.back-off',
      reason: 'no leader',
    });
    expect(describeWaiting(message, [waiting('relay')])).toMatchObject({ key: 'now.relay', until: null });
  });

  it('gives the reason of a dead letter', () => {
    const dead = { ...message, status: 'DEAD', lastError: 'unknown type' } as const;
    expect(describeWaiting(dead, [waiting('operator')])).toMatchObject({
      tone: 'bad',
      reason: 'unknown type',
    });
  });

  it('gives the end of a finished message', () => {
    const result = { outcome: 'REJECTED', reason: 'not enough MOUSE', processedAt: soon } as const;
    expect(describeWaiting({ ...message, status: 'COMPLETED' }, [])).toMatchObject({ key: 'now.completed' });
    expect(describeWaiting({ ...message, status: 'COMPLETED', result }, [])).toMatchObject({
      key: 'now.completed-rejected',
      reason: 'not enough MOUSE',
    });
    expect(describeWaiting({ ...message, status: 'DISCARDED' }, [])).toMatchObject({ key: 'now.discarded' });
  });
});
