/** The stages of a message between its commit and COMPLETED, each with the times that bound it. */
const STAGES = [
  ['claim', 'createdAt', 'claimedAt'],
  ['publish', 'claimedAt', 'publishedAt'],
  ['deliver', 'publishedAt', 'receivedAt'],
  ['process', 'receivedAt', 'processedAt'],
  ['report', 'processedAt', 'sentAt'],
  ['complete', 'sentAt', 'completedAt'],
] as const;

export type Stage = (typeof STAGES)[number][0];

/** Times of a COMPLETED message in milliseconds since 1970. Null or NaN: unknown. */
export interface MessageTimes {
  readonly createdAt: number;
  /** The first publication. */
  readonly claimedAt: number | null;
  readonly publishedAt: number | null;
  /** The consumer's clock. */
  readonly receivedAt: number | null;
  readonly processedAt: number | null;
  readonly sentAt: number | null;
  readonly completedAt: number;
}

export interface StageDuration {
  readonly stage: Stage;
  readonly ms: number;
}

/** A negative duration counts as 0, because it can only come from clocks that differ. */
export const toDuration = (from: number, to: number) => Math.max(0, to - from);

/** Returns the duration of each stage. Leaves out stages with an unknown time. */
export function toStages(times: MessageTimes): StageDuration[] {
  return STAGES.flatMap(([stage, from, to]) => {
    const ms = toDuration(times[from] ?? Number.NaN, times[to] ?? Number.NaN);
    return Number.isNaN(ms) ? [] : [{ stage, ms }];
  });
}

/** Returns SQL for a time in milliseconds since 1970, which is null if the time is. */
export const msSql = (time: string) => `floor(1000 * date_part('epoch', ${time}))`;

/** Reads the time of a stored result. */
export const toMs = (time: string | null | undefined) => (time == null ? null : Date.parse(time));

export const STAGE_NAMES: readonly Stage[] = STAGES.map(([stage]) => stage);
