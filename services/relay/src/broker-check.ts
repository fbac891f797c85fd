import type { Publisher } from '@lmt/messaging';

// For so long an answer is believed, be it to a batch or to a probe; and that there was none.
const BELIEVED_MS = { answered: 15_000, silent: 2_000 };

export interface BrokerCheck {
  /** The broker has just taken messages. */
  answered(): void;
  /** Null while the broker takes messages, or would; otherwise why it doesn't. */
  unavailableBecause(): Promise<string | null>;
}

/**
 * Asks a relay's broker whether it is there. A relay finds that out by itself when it publishes; one with
 * nothing to publish would call itself ready with nobody to publish to.
 */
export function createBrokerCheck(
  publisher: Pick<Publisher, 'probe'>,
  monotonicNow: () => number,
): BrokerCheck {
  let believedUntil = Number.NEGATIVE_INFINITY;
  let reason: string | null = null;
  let probing: Promise<string | null> | null = null;

  async function probe(): Promise<string | null> {
    reason = await publisher.probe().then(
      () => null,
      (error) => (error instanceof Error ? error.message : String(error)),
    );
    believedUntil = monotonicNow() + (reason === null ? BELIEVED_MS.answered : BELIEVED_MS.silent);
    return reason;
  }

  return {
    answered() {
      reason = null;
      believedUntil = monotonicNow() + BELIEVED_MS.answered;
    },
    async unavailableBecause() {
      if (monotonicNow() < believedUntil) return reason;
      probing ??= probe().finally(() => {
        probing = null;
      });
      return probing;
    },
  };
}
