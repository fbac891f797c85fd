import { setTimeout as sleep } from 'node:timers/promises';

export interface TopicGuardOptions {
  readonly ensure: () => Promise<unknown>;
  /** True while the broker does not answer the consumer, for example because the topic is gone. */
  readonly isNeeded: () => boolean;
  readonly everyMs?: number;
}

/**
 * Recreates topics that disappear while a consumer runs. kafkajs does not report a missing topic.
 * It retries the failing fetches without an event or a log line, so the guard acts whenever the
 * broker is silent. An unnecessary attempt costs only a connection.
 */
export function createTopicGuard({ ensure, isNeeded, everyMs = 500 }: TopicGuardOptions) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = () => sleep(everyMs, undefined, { signal }).catch(() => undefined);
  const succeeds = (work: () => Promise<unknown>) =>
    work().then(
      () => true,
      () => false,
    );

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await pause();
      if (!signal.aborted && isNeeded()) await succeeds(ensure);
    }
  }
  let watching: Promise<void> | null = null;

  return {
    /** Ensures the topics and runs `step`. Retries both until they succeed or `stop` is called. */
    async retryUntilDone(step: () => Promise<void>): Promise<void> {
      while (!signal.aborted && !((await succeeds(ensure)) && !signal.aborted && (await succeeds(step)))) {
        await pause();
      }
    },
    /**
     * Ensures the topics whenever `isNeeded` is true, until `stop` is called. Further calls return
     * the same promise.
     */
    watch(): Promise<void> {
      watching ??= watch();
      return watching;
    },
    stop: () => stopping.abort(),
  };
}
