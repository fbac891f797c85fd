import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { get } from './request.ts';

interface Live {
  readonly live: boolean;
  readonly setLive: (live: boolean) => void;
}

const LiveContext = createContext<Live>({ live: true, setLive: () => {} });

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [live, setLive] = useState(true);
  const value = useMemo(() => ({ live, setLive }), [live]);
  return <LiveContext value={value}>{children}</LiveContext>;
}

/** Whether the pages refresh by themselves. The switch is in the header. */
export const useLive = () => useContext(LiveContext);

interface LiveQueryOptions {
  /** Default: 1,000. */
  readonly everyMs?: number;
  readonly enabled?: boolean;
  /** Default: 12,000. The console itself waits 10 s for a service. */
  readonly timeoutMs?: number;
}

const toList = (path: unknown) => String(path).split('?')[0];

/**
 * Reads `path` below /api and repeats that while Live is on and the page is visible. Keeps the last
 * answer while later reads fail, and returns their error too.
 */
export function useLiveQuery<T>(
  path: string,
  { everyMs = 1_000, enabled = true, timeoutMs = 12_000 }: LiveQueryOptions = {},
): UseQueryResult<T> {
  const { live } = useLive();
  return useQuery<T>({
    queryKey: [path],
    // A console that is paused accepts the connection and never answers.
    queryFn: ({ signal }) => get<T>(path, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])),
    refetchInterval: live ? everyMs : false,
    enabled,
    // Another filter of the same list: its entries stay until the new ones arrive.
    placeholderData: (previous, query) =>
      toList(query?.queryKey[0]) === toList(path) ? previous : undefined,
  });
}
