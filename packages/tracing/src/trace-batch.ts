import { isSampled } from './traceparent.js';
import type { Attributes, BatchMember, SpanEnd, SpanStart, Tracing } from './tracing.js';

/** An item with the W3C trace context of its trace. */
export interface Traced {
  readonly traceparent?: string | undefined;
}

/** Called only if a trace of the batch is recorded. */
export interface BatchDescription<Item, Result> {
  /** Describes the span of the batch. The spans of its items begin with the same name and attributes. */
  readonly describeBatch: (items: readonly Item[]) => SpanStart;
  readonly describeItem: (item: Item) => Attributes;
  /** Returns how the span of an item ends, by the item's index. */
  readonly describeResult: (result: Result, items: readonly Item[]) => (index: number) => SpanEnd;
}

/**
 * Runs `work` for a batch and records a span for each item whose trace is recorded. `work` gets
 * these items with the trace context of their spans, and the other items unchanged. Resolves or
 * rejects like `work`, and a rejection ends the spans with its reason.
 *
 * Without a recorded trace it only calls `work`. At full load most items have none.
 */
export async function traceBatch<Item extends Traced, Result>(
  tracing: Tracing | null | undefined,
  items: readonly Item[],
  { describeBatch, describeItem, describeResult }: BatchDescription<Item, Result>,
  work: (items: readonly Item[]) => Promise<Result>,
): Promise<Result> {
  if (!tracing) return work(items);
  const indexes: number[] = [];
  const members: BatchMember[] = [];
  items.forEach((item, index) => {
    if (!isSampled(item.traceparent)) return;
    indexes.push(index);
    members.push({ parent: item.traceparent, attributes: describeItem(item) });
  });
  if (members.length === 0) return work(items);
  const batch = tracing.startBatch(describeBatch(items), members);
  const traced = [...items];
  indexes.forEach((index, member) => {
    const item = items[index] as Item;
    traced[index] = { ...item, traceparent: batch.traceparents[member] };
  });
  try {
    const result = await work(traced);
    const toEnd = describeResult(result, traced);
    batch.end({}, (member) => toEnd(indexes[member] as number));
    return result;
  } catch (error) {
    batch.end({ error: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
