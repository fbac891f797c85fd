/** Creates topics again that vanished while a consumer runs. */
export interface TopicGuard {
  /** Tries until the topics are there, or `stop` is called. */
  untilEnsured(): Promise<void>;
  /** From now on tries whenever it is needed. */
  watch(): void;
  stop(): void;
}

export interface TopicGuardOptions {
  readonly ensure: () => Promise<void>;
  /** True while the consumer gets no answers: the topic may be gone, as after a wiped disk. */
  readonly isNeeded: () => boolean;
  readonly everyMs?: number;
}

/**
 * kafkajs does not say that a topic is gone: its fetches fail and are retried without an event or a
 * line of log. So the guard acts on silence. Trying too often costs a connection, no more.
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

  const ensured = () =>
    ensure().then(
      () => true,
      () => false,
    );

  return {
    async untilEnsured() {
      while (!stopped && !(await ensured())) await pause();
    },
    async watch() {
      while (!stopped) {
        await pause();
        if (!stopped && isNeeded()) await ensured();
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake();
    },
  };
}
