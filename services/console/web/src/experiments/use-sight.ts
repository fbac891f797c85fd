import type {
  DeadLettersView,
  InboxMessageView,
  MessageDetailView,
  OrderView,
  StockView,
} from '@lmt/contracts';
import type { UseQueryResult } from '@tanstack/react-query';
import { useProcesses, useSession } from '../api/control.ts';
import { useHealthQuery } from '../api/health.tsx';
import { useLiveQuery } from '../api/live.tsx';
import type { Memory, Sight } from './experiment.ts';

type Read = <T>(query: UseQueryResult<T>) => T | null;

interface SightOptions {
  readonly since: number;
  /** The state of an ended run hardly changes, so it is read less often. */
  readonly ended: boolean;
  readonly showsDeadLetters?: boolean | undefined;
}

/** The state of the system during a run: the last known one, and the part read since `since`. */
export function useSight(
  memory: Memory | null,
  { since, ended, showsDeadLetters = false }: SightOptions,
): { readonly shown: Sight; readonly fresh: Sight; readonly error: unknown } {
  const channel = useSession()?.control;
  const placed = memory?.order;
  const hasOrder = placed !== undefined;
  const everyMs = ended ? 5_000 : 1_000;
  // The inventory's part changes once or twice in a run.
  const slow = 2 * everyMs;
  const order = useLiveQuery<OrderView>(`/orders/${placed?.id}`, { everyMs, enabled: hasOrder });
  const second = order.data?.messages?.find(({ id }) => id !== placed?.messageId)?.id;
  const hasSecond = hasOrder && second !== undefined;
  const messages = [
    useLiveQuery<MessageDetailView>(`/messages/${placed?.messageId}`, { everyMs, enabled: hasOrder }),
    useLiveQuery<MessageDetailView>(`/messages/${second}`, { everyMs, enabled: hasSecond }),
  ];
  const inbox = [
    useLiveQuery<InboxMessageView>(`/inbox/${placed?.messageId}`, { everyMs: slow, enabled: hasOrder }),
    useLiveQuery<InboxMessageView>(`/inbox/${second}`, { everyMs: slow, enabled: hasSecond }),
  ];
  const stock = useLiveQuery<StockView>(`/stock/${memory?.sku}`, { everyMs: slow, enabled: memory !== null });
  const health = useHealthQuery();
  // Each read connects to Kafka.
  const deadLetters = useLiveQuery<DeadLettersView>('/dead-letters?limit=1', {
    everyMs: ended ? 10_000 : 3_000,
    enabled: showsDeadLetters && memory !== null,
  });

  const processes = useProcesses();

  const look = (read: Read): Sight => ({
    order: hasOrder ? read(order) : null,
    messages: hasOrder ? messages.flatMap((query) => read(query) ?? []) : [],
    inbox: hasOrder ? inbox.flatMap((query) => read(query) ?? []) : [],
    available: read(stock)?.available ?? null,
    health: read(health),
    deadLetters: read(deadLetters),
    processes,
    broker: channel?.broker ?? 'kafka',
  });
  const known: Read = (query) => (query.isPlaceholderData ? null : (query.data ?? null));
  return {
    shown: look(known),
    fresh: look((query) => (query.dataUpdatedAt > since ? known(query) : null)),
    error: order.error,
  };
}
