import type { MessageDetailView } from '../messages.js';

/** The trace id in the message's `traceparent` header, or null. */
export function traceId({ headers }: Pick<MessageDetailView, 'headers'>): string | null {
  const { traceparent } = (headers ?? {}) as { readonly traceparent?: unknown };
  return typeof traceparent === 'string'
    ? (/^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1] ?? null)
    : null;
}
