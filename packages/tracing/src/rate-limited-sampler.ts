import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace-base';

/**
 * Samples at most `perSecond` new traces a second, evenly. At low rates every order has its trace,
 * and at full load traces cost a bounded share of the CPU.
 */
export function createRateLimitedSampler(
  perSecond: number,
  monotonicNow: () => number = () => performance.now(),
): Sampler {
  const intervalMs = 1_000 / perSecond;
  // When the bucket of `perSecond` tokens is full again.
  let fullAt = monotonicNow();
  return {
    shouldSample(): SamplingResult {
      const now = monotonicNow();
      const next = Math.max(fullAt, now) + intervalMs;
      if (next - now > 1_000) return { decision: SamplingDecision.NOT_RECORD };
      fullAt = next;
      return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    },
    toString: () => `RateLimited{${perSecond}/s}`,
  };
}
