import { setTimeout as sleep } from 'node:timers/promises';

export interface TopicGuardOptions {
  readonly ensure: () => Promise<void>;
  /** True while the consumer gets no answers: the topic may be gone, as after a wiped disk. */
  readonly isNeeded: () => boolean;
  readonly everyMs?: number;
}

/**
 * Recreates topics that disappear while a consumer runs. kafkajs does not report that a topic is
 * gone: it retries the failing fetches without an event or a log line. The guard therefore acts on
 * silence. An unnecessary attempt costs only a connection.
 */
export function createTopicGuard({ ensure, isNeeded, everyMs = 500 }: TopicGuardOptions) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = () => sleep(everyMs, undefined, { signal }).catch(() => undefined);
  const succeeds = (work: () => Promise<void>) =>
    work().then(
      () => true,
      () => false,
    );

  return {
    /** Repeats ensuring the topics and then `step` until both succeed or `stop` is called. */
    async retryUntilDone(step: () => Promise<void>): Promise<void> {
      while (!signal.aborted && !((await succeeds(ensure)) && !signal.aborted && (await succeeds(step)))) {
        await pause();
      }
    },
    /** Until `stop`, ensures the topics whenever `isNeeded`. */
    async watch(): Promise<void> {
      while (!signal.aborted) {
        await pause();
        if (!signal.aborted && isNeeded()) await succeeds(ensure);
      }
    },
    stop: () => stopping.abort(),
  };
}
