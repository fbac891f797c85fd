import type { MessageView } from '@lmt/contracts';
import { useEffect, useState } from 'react';
import { type Dot, planDots } from './dots.ts';

/** The dots for the newest messages, planned again with each answer. */
export function useDots(messages: readonly MessageView[] | undefined): readonly Dot[] {
  const [dots, setDots] = useState<readonly Dot[] | null>(null);
  useEffect(() => {
    if (messages !== undefined) setDots((before) => planDots(before, messages, Date.now()));
  }, [messages]);
  return dots ?? [];
}
