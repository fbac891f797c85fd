/** Creates topics again that vanished while a consumer runs. */
export interface TopicGuard {
  /** Does a step that needs the topics, and tries both until they work or `stop` is called. */
  untilDone(step: () => Promise<void>): Promise<void>;
  /** From now on, until `stop`, makes the topics whenever it is needed. */
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

  const works = (work: () => Promise<void>) =>
    work().then(
      () => true,
      () => false,
    );

  return {
    async untilDone(step) {
      while (!stopped && !((await works(ensure)) && !stopped && (await works(step)))) await pause();
    },
    async watch() {
      while (!stopped) {
        await pause();
        if (!stopped && isNeeded()) await works(ensure);
      }
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      wake();
    },
  };
}
