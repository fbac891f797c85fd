/** Recreates topics that disappear while a consumer runs. */
export interface TopicGuard {
  /** Repeats ensuring the topics and then `step` until both succeed or `stop` is called. */
  retryUntilDone(step: () => Promise<void>): Promise<void>;
  /** Until `stop`, ensures the topics whenever `isNeeded`. */
  watch(): Promise<void>;
  stop(): void;
}

export interface TopicGuardOptions {
  readonly ensure: () => Promise<void>;
  /** True while the consumer gets no answers: the topic may be gone, as after a wiped disk. */
  readonly isNeeded: () => boolean;
  readonly everyMs?: number;
}

/**
 * kafkajs does not report that a topic is gone: it retries the failing fetches without an event or
 * a log line. The guard therefore acts on silence. An unnecessary attempt costs only a connection.
 */
export function createTopicGuard({ ensure, isNeeded, everyMs = 500 }: TopicGuardOptions): TopicGuard {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};

  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, everyMs);
    });

  const succeeds = (work: () => Promise<void>) =>
    work().then(
      () => true,
      () => false,
    );

  return {
    async retryUntilDone(step) {
      while (!stopped && !((await succeeds(ensure)) && !stopped && (await succeeds(step)))) await pause();
    },
    async watch() {
      while (!stopped) {
        await pause();
        if (!stopped && isNeeded()) await succeeds(ensure);
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake();
    },
  };
}
