// Reads a message's records at both services and builds its timeline.
import { type InboxMessageView, MAX_PAGE_LIMIT, type MessageDetailView } from '@lmt/contracts';
import { buildTimeline, type TimelineStep, traceId } from '@lmt/contracts/timeline';
import { listActions } from './list-actions.js';
import { ApiError, type OperatorsApi, WrongPortError } from './operators-api.js';

export interface Trace extends Pick<MessageDetailView, 'id' | 'type' | 'key' | 'status'> {
  readonly traceId: string | null;
  readonly steps: readonly TimelineStep[];
}

export interface Traces {
  /** Oldest first. */
  readonly items: readonly Trace[];
  /** Why the inventory could not be read, or null. The order service's steps are complete either way. */
  readonly inventoryMissing: string | null;
}

/**
 * Traces the message with this id, or the messages of the order with this id. If the
 * inventory does not answer, the traces have the order service's steps only.
 *
 * @throws ApiError if the order service has no such message or does not answer
 */
export async function traceMessages(
  api: OperatorsApi,
  inventory: OperatorsApi | null,
  id: string,
  now: () => number,
): Promise<Traces> {
  let inventoryMissing =
    inventory === null
      ? "set INVENTORY_INTERNAL_URL and INVENTORY_ADMIN_TOKEN. With Docker Compose, the console's container has them"
      : null;

  async function findInInbox(messageId: string): Promise<InboxMessageView | null> {
    if (inventory === null || inventoryMissing !== null) return null;
    return inventory.inbox(messageId).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404 || error instanceof WrongPortError) inventoryMissing = error.message;
      return null;
    });
  }

  const items: Trace[] = [];
  for (const message of await findMessages(api, id)) {
    const inbox = await findInInbox(message.id);
    const { items: actions } = await listActions(api, message.id, Number.POSITIVE_INFINITY);
    const steps = buildTimeline({ message, inbox, actions, now: new Date(now()) });
    const { type, key, status } = message;
    items.push({ id: message.id, type, key, status, traceId: traceId(message), steps });
  }
  return { items, inventoryMissing };
}

async function findMessages(api: OperatorsApi, id: string): Promise<readonly MessageDetailView[]> {
  try {
    return [await api.show(id)];
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    const { items } = await api.list({ key: id, limit: String(MAX_PAGE_LIMIT) });
    if (items.length === 0) throw new ApiError(404, `${error.message} No order with this id has messages.`);
    return Promise.all(items.toReversed().map((message) => api.show(message.id)));
  }
}
