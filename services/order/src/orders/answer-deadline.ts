/** Longest time a client waits. A stalled database returns neither a result nor an error. */
export const ANSWER_MS = 10_000;
