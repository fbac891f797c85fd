import { ApiError, send } from '../api/request.ts';

/** The outcome of a decision for each message. */
export interface Decided {
  readonly changed: readonly string[];
  /** The messages that the service did not change, with its explanation. */
  readonly refused: readonly { readonly id: string; readonly why: string }[];
}

/**
 * Decides about messages one after the other. Each has a key of its own, derived from the decision's,
 * so a retry of the decision after a lost answer gets the stored answers of those already done.
 *
 * @throws ApiError if the service cannot be reached, or the decision itself is rejected
 */
export async function decideEach(
  verb: 'requeue' | 'discard',
  ids: readonly string[],
  reason: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Decided> {
  const changed: string[] = [];
  const refused: { id: string; why: string }[] = [];
  for (const id of ids) {
    try {
      await send(`/messages/${encodeURIComponent(id)}/${verb}`, {
        method: 'POST',
        body: { reason },
        headers: { ...headers, 'idempotency-key': `${headers['idempotency-key']}-${id}` },
      });
      changed.push(id);
    } catch (error) {
      const isAboutMessage = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (!isAboutMessage) throw error;
      refused.push({ id, why: error.message });
    }
  }
  return { changed, refused };
}
