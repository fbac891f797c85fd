import type { MessageStatsView, MessagesPage } from '@lmt/contracts';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type Dot, planDots } from './dots.ts';

/**
 * The dots for the newest messages and the table's counts, planned again when both have been read
 * again. Equal answers count too, because dots arrive while nothing changes.
 */
export function useDots(
  newest: UseQueryResult<MessagesPage>,
  stats: UseQueryResult<MessageStatsView>,
): readonly Dot[] {
  const [dots, setDots] = useState<readonly Dot[] | null>(null);
  const latest = useRef({ messages: newest.data?.items, counts: stats.data?.counts });
  latest.current = { messages: newest.data?.items, counts: stats.data?.counts };
  const readAt = Math.min(newest.dataUpdatedAt, stats.dataUpdatedAt);
  useEffect(() => {
    const { messages, counts } = latest.current;
    if (readAt === 0 || messages === undefined || counts === undefined) return;
    setDots((before) => planDots(before, messages, counts, Date.now()));
  }, [readAt]);
  return dots ?? [];
}
