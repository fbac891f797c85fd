import type { MessageDetailView } from '../messages.js';
import { type TimelineStep, takenAt } from './step.js';

/**
 * Returns what the message waits for, and when the relay acts next.
 *
 * @param isProcessed whether the inventory is known to have processed the message
 */
export function toPendingSteps(
  { status, attempts, failures, availableAt, leasedUntil, lastError }: MessageDetailView,
  isProcessed: boolean,
  now: Date,
): TimelineStep[] {
  const until = (time: string | null) => takenAt(time, 'order database');
  const isAhead = (time: string) => Date.parse(time) > now.getTime();
  if (status === 'COMPLETED' || status === 'DISCARDED') return [];
  if (status === 'DEAD') return [{ kind: 'waiting', ...until(null), stage: 'operator' }];
  if (leasedUntil !== null && isAhead(leasedUntil))
    return [{ kind: 'waiting', ...until(leasedUntil), stage: 'in-flight' }];
  const stage = isProcessed ? 'result' : status === 'PUBLISHED' ? 'consumer' : 'relay';
  const waiting: TimelineStep = { kind: 'waiting', ...until(null), stage };
  const isRetry = attempts > 0 || failures > 0 || isAhead(availableAt);
  if (!isRetry) return [waiting];
  const at = isAhead(availableAt) ? availableAt : null;
  return [waiting, { kind: 'next-retry', ...until(at), attempt: attempts + 1, reason: lastError }];
}
