import type { MessageDetailView } from '@lmt/contracts';
import type { Verb } from '../decisions/decision.ts';

/**
 * The decisions that the order service accepts for a message. It never discards a cancellation,
 * because the order would stay CANCELLING, and sends only messages now that are not due yet.
 */
export function offerDecisions(
  { status, type, availableAt, leasedUntil }: MessageDetailView,
  now: Date,
): readonly Verb[] {
  const isAhead = (time: string | null) => time !== null && Date.parse(time) > now.getTime();
  if (status === 'DEAD') return type === 'order.cancelled.v1' ? ['requeue'] : ['requeue', 'discard'];
  if (status !== 'PENDING' && status !== 'PUBLISHED') return [];
  return isAhead(availableAt) && !isAhead(leasedUntil) ? ['send-now'] : [];
}
