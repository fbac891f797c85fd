import type { MessageStatsView, MessagesPage, MessageView } from '@lmt/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useLive, useLiveQuery } from '../api/live.tsx';
import { get, toQuery } from '../api/request.ts';

/** The most dead letters that the page groups: five requests of the largest page. */
const MAX_PAGES = 5;
const PAGE_SIZE = 200;

export interface DeadLetters {
  /** Newest first. */
  readonly messages: readonly MessageView[];
  /** Whether there are older ones. */
  readonly hasMore: boolean;
}

async function readDeadLetters(signal: AbortSignal): Promise<DeadLetters> {
  const messages: MessageView[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer: MessagesPage = await get(
      `/messages${toQuery({ status: 'DEAD', limit: PAGE_SIZE, cursor })}`,
      signal,
    );
    messages.push(...answer.items);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return { messages, hasMore: cursor !== null };
}

/** Reads the newest dead letters, live. */
export function useDeadLetters(): UseQueryResult<DeadLetters> {
  const { live } = useLive();
  return useQuery({
    queryKey: ['dead-letters'],
    queryFn: ({ signal }) => readDeadLetters(signal),
    refetchInterval: live ? 3_000 : false,
  });
}

/** The number of all dead letters, or null if it is unknown or only a lower bound. */
export function useDeadCount(): number | null {
  const { data } = useLiveQuery<MessageStatsView>('/messages/stats', { everyMs: 3_000 });
  return data === undefined || data.atLeast.includes('DEAD') ? null : data.counts.DEAD;
}
