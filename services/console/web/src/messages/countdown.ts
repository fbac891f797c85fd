import { formatMs } from '../ui/time.tsx';

/** Formats the time until `at` in whole seconds, rounded up. Null once it has passed. */
export function formatCountdown(at: string | null, now: number): string | null {
  if (at === null) return null;
  const left = Date.parse(at) - now;
  return left > 0 ? formatMs(Math.ceil(left / 1_000) * 1_000) : null;
}
