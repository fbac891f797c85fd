import type { Percentile } from './read-choice.ts';

/** The fewest messages for a percentile. With fewer, it is the time of a single message. */
const ENOUGH: Readonly<Record<Percentile, number>> = { p50: 1, p95: 20, p99: 50 };

/** Whether `messages` measurements are enough for the percentile. */
export const isEnough = (percentile: Percentile, messages: number) => messages >= ENOUGH[percentile];

/** The number of messages that make a percentile meaningful. */
export const toNeeded = (percentile: Percentile) => ENOUGH[percentile];
