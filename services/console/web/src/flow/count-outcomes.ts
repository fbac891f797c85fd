import type { OrderView } from '@lmt/contracts';

export interface OutcomeCount {
  readonly status: OrderView['status'];
  /** Why the orders were rejected. */
  readonly reason: string | null;
  readonly count: number;
}

/** Counts the orders with these ids by their status and reason, the most frequent first. */
export function countOutcomes(
  ids: readonly string[],
  orders: readonly Pick<OrderView, 'id' | 'status' | 'rejectReason'>[],
): readonly OutcomeCount[] {
  const wanted = new Set(ids);
  const counts = new Map<string, OutcomeCount>();
  for (const { id, status, rejectReason } of orders) {
    if (!wanted.has(id)) continue;
    const key = `${status} ${rejectReason}`;
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { status, reason: rejectReason ?? null, count });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
