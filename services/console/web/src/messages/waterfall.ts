import type { TimelineStep } from '@lmt/contracts/timeline';

/** A part of the time axis, in percent of its length. */
export interface Bar {
  readonly left: number;
  readonly width: number;
}

const isPending = ({ kind }: TimelineStep) => kind === 'waiting' || kind === 'next-retry';

/** The time of a step that has happened. Movements are part of the step before them. */
const toPast = (step: TimelineStep): number | null =>
  step.at === null || step.kind === 'movement' || isPending(step) ? null : Date.parse(step.at);

/** The time from the first step to the last, or to `now` while the message waits. */
export function measureTotal(steps: readonly TimelineStep[], now: Date): { from: number; to: number } | null {
  const past = steps.flatMap((step) => toPast(step) ?? []);
  if (past.length === 0) return null;
  const ends = steps.some(isPending) ? [...past, now.getTime()] : past;
  return { from: Math.min(...past), to: Math.max(...ends) };
}

/**
 * Returns the bar of each step: from the step before to this step, for `waiting` from the last step
 * to `now`. Null for steps without a duration.
 */
export function toBars(steps: readonly TimelineStep[], now: Date): (Bar | null)[] {
  const total = measureTotal(steps, now);
  if (total === null) return steps.map(() => null);
  const length = Math.max(total.to - total.from, 1);
  const percent = (ms: number) => (Math.min(Math.max(ms, 0), length) / length) * 100;
  let last = total.from;
  return steps.map((step) => {
    const at = toPast(step);
    if (step.kind === 'waiting')
      return { left: percent(last - total.from), width: percent(now.getTime() - last) };
    if (at === null) return null;
    last = Math.max(last, at);
    if (step.sincePreviousMs === null) return null;
    const start = at - step.sincePreviousMs - total.from;
    return { left: percent(start), width: percent(at - total.from) - percent(start) };
  });
}
