import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace-base';

/** Returns whether there is a token left in a bucket of `perSecond` tokens. */
function createBucket(perSecond: number, monotonicNow: () => number): () => boolean {
  const intervalMs = 1_000 / perSecond;
  let fullAt = monotonicNow();
  return () => {
    const now = monotonicNow();
    const next = Math.max(fullAt, now) + intervalMs;
    if (next - now > 1_000) return false;
    fullAt = next;
    return true;
  };
}

/**
 * Samples at most `perSecond` new traces a second, evenly. At low rates every order has its trace,
 * and at full load traces cost a bounded share of the CPU.
 *
 * @param limits separate limits, by the name of the trace's first span
 */
export function createRateLimitedSampler(
  perSecond: number,
  limits: Readonly<Record<string, number>> = {},
  monotonicNow: () => number = () => performance.now(),
): Sampler {
  const take = createBucket(perSecond, monotonicNow);
  const separate = new Map(
    Object.entries(limits).map(([name, limit]) => [name, createBucket(limit, monotonicNow)]),
  );
  return {
    shouldSample(_context, _traceId, name): SamplingResult {
      const isWithinLimit = (separate.get(name) ?? take)();
      return { decision: isWithinLimit ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => `RateLimited{${perSecond}/s}`,
  };
}
