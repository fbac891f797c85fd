// Entry point `@lmt/contracts/timeline`. Imports no zod at run time, so that a browser can load it.
import type { MessageDetailView } from './messages.js';

export type { TimelineClock, TimelineStep, WaitingStage } from './timeline-step.js';

/** The trace id in the message's `traceparent` header, or null. */
export function traceId({ headers }: Pick<MessageDetailView, 'headers'>): string | null {
  const { traceparent } = (headers ?? {}) as { readonly traceparent?: unknown };
  return typeof traceparent === 'string'
    ? (/^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1] ?? null)
    : null;
}
