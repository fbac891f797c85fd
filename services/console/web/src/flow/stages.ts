import type { MessageStatsView } from '@lmt/contracts';

export interface Stages {
  /** PENDING messages that no relay holds. */
  readonly waiting: number;
  /** Messages that a relay holds to publish them. */
  readonly inFlight: number;
  /** PUBLISHED messages that no relay holds. */
  readonly published: number;
}

/**
 * Splits the unfinished messages by who has to act. The count in flight does not say how many of them
 * are PENDING. Almost all are, except while the relay republishes.
 */
export function toStages({ counts, inFlight }: MessageStatsView): Stages {
  const pendingInFlight = Math.min(inFlight, counts.PENDING);
  return {
    waiting: counts.PENDING - pendingInFlight,
    inFlight,
    published: Math.max(0, counts.PUBLISHED - (inFlight - pendingInFlight)),
  };
}
