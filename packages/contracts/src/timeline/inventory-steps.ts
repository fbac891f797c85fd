// The steps of a message at the inventory, as both services have recorded them.
import type { InboxMessageView } from '../inbox.js';
import type { StoredResult } from '../messages.js';
import { type TimelineStep, takenAt } from './step.js';

/**
 * Returns the steps of one decision, in their causal order.
 *
 * @param inbox null if the inventory has no effect of this decision, or is not known to have one
 */
export function toInventorySteps(
  result: StoredResult | null,
  inbox: InboxMessageView | null,
): TimelineStep[] {
  const steps: TimelineStep[] = [];
  // An older order service does not store the time of receipt.
  const receivedAt = result?.receivedAt ?? inbox?.result?.receivedAt;
  if (receivedAt !== undefined) steps.push({ kind: 'received', ...takenAt(receivedAt, 'inventory') });
  else if (inbox !== null)
    steps.push({ kind: 'received', ...takenAt(inbox.receivedAt, 'inventory database') });
  if (result !== null) {
    const { outcome, reason = null, processedAt } = result;
    steps.push({ kind: 'processed', ...takenAt(processedAt, 'inventory'), outcome, reason });
  }
  for (const { sku, delta, createdAt } of inbox?.movements ?? [])
    steps.push({ kind: 'movement', ...takenAt(createdAt, 'inventory database'), sku, delta });
  if (result?.sentAt !== undefined)
    steps.push({ kind: 'result-sent', ...takenAt(result.sentAt, 'inventory') });
  return steps;
}
