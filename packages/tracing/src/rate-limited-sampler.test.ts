import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRateLimitedSampler } from './rate-limited-sampler.js';

function sampleAt(times: readonly number[], perSecond: number): number[] {
  let now = 0;
  const sampler = createRateLimitedSampler(perSecond, {}, () => now);
  return times.filter((time) => {
    now = time;
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, '', '', SpanKind.SERVER, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  });
}

it('samples every trace at a low rate, and a burst of one second', () => {
  const slow = Array.from({ length: 50 }, (_, index) => index * 10);
  expect(sampleAt(slow, 100)).toEqual(slow);
  expect(sampleAt(Array(500).fill(0), 100)).toHaveLength(100);
});

it('samples at most the limit in the long run, and at least the limit under a steady load', () => {
  const steady = Array.from({ length: 10_000 }, (_, index) => index);
  expect(sampleAt(steady, 100).length).toBeGreaterThanOrEqual(1_000);
  const gaps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), (pauses, perSecond) => {
      let at = 0;
      const times = pauses.map((pause) => {
        at += pause;
        return at;
      });
      // A burst of one second, and the rate from then on.
      expect(sampleAt(times, perSecond).length).toBeLessThanOrEqual(perSecond * (1 + at / 1_000));
    }),
  );
});

it('limits the traces with a limit of their own separately', () => {
  const sampler = createRateLimitedSampler(2, { GET: 1 }, () => 0);
  const sampled = ['GET', 'GET', 'POST', 'GET', 'POST', 'POST'].map(
    (name) => sampler.shouldSample(ROOT_CONTEXT, '', name, SpanKind.SERVER, {}, []).decision,
  );
  const [yes, no] = [SamplingDecision.RECORD_AND_SAMPLED, SamplingDecision.NOT_RECORD];
  expect(sampled).toEqual([yes, no, yes, no, yes, no]);
});
