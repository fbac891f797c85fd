import type { Publisher } from '@lmt/messaging';

// An answer is believed for so long, be it to a batch or to a probe.
const BELIEVED_MS = 15_000;

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
    believedUntil = monotonicNow() + BELIEVED_MS;
    return reason;
  }

  return {
    answered() {
      reason = null;
      believedUntil = monotonicNow() + BELIEVED_MS;
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
