import type { InboxMessageView, MessageDetailView, OperatorActionView, Page } from '@lmt/contracts';
import { buildTimeline, type TimelineStep } from '@lmt/contracts/timeline';
import { useQueryClient } from '@tanstack/react-query';
import { useLiveQuery } from '../api/live.tsx';
import { ApiError, toQuery } from '../api/request.ts';
import { serverNow } from '../api/server-clock.ts';
import { useNow } from '../ui/time.tsx';

const isFinished = (message: MessageDetailView | undefined) =>
  message?.status === 'COMPLETED' || message?.status === 'DISCARDED';

export interface Timeline {
  readonly message: MessageDetailView | undefined;
  /** Why the message could not be read. */
  readonly error: Error | null;
  readonly inbox: InboxMessageView | null;
  /** Why the inventory could not be read. Null also if it has not received the message. */
  readonly inboxError: Error | null;
  readonly isReceived: boolean | null;
  readonly steps: readonly TimelineStep[];
  readonly now: Date;
}

/** Reads a message from both services, live until it is finished, and builds its timeline. */
export function useTimeline(id: string): Timeline {
  useNow();
  const now = new Date(serverNow());
  const path = `/messages/${encodeURIComponent(id)}`;
  const inboxPath = `/inbox/${encodeURIComponent(id)}`;
  const queries = useQueryClient();
  const hasEnded = isFinished(queries.getQueryData<MessageDetailView>([path]));
  const hasResult = queries.getQueryData<InboxMessageView>([inboxPath])?.result != null;
  const message = useLiveQuery<MessageDetailView>(path, { everyMs: hasEnded ? 10_000 : 1_000 });
  const inbox = useLiveQuery<InboxMessageView>(inboxPath, {
    everyMs: hasEnded && hasResult ? 10_000 : 1_000,
  });
  const actions = useLiveQuery<Page<OperatorActionView>>(
    `/operator-actions${toQuery({ messageId: id, limit: 200 })}`,
    { everyMs: hasEnded ? 10_000 : 2_000 },
  );
  const isUnknown = inbox.error instanceof ApiError && inbox.error.status === 404;
  const received = isUnknown ? null : (inbox.data ?? null);
  return {
    message: message.data,
    error: message.error,
    inbox: received,
    inboxError: isUnknown ? null : inbox.error,
    isReceived: isUnknown ? false : received === null ? null : true,
    steps:
      message.data === undefined
        ? []
        : buildTimeline({
            message: message.data,
            inbox: received,
            actions: actions.data?.items ?? [],
            now,
          }),
    now,
  };
}
