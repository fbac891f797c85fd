import type { Logger } from '../../port.js';

export type TopicLog = ReturnType<typeof createTopicLog>;

const logs = new WeakMap<Logger, TopicLog>();

/** Several clients of a process check topics often. This log reports each finding once. */
export function topicLogFor(logger: Logger): TopicLog {
  const log = logs.get(logger) ?? createTopicLog(logger);
  logs.set(logger, log);
  return log;
}

function createTopicLog(logger: Logger) {
  const seen = new Set<string>();
  const isFirst = (key: string) => !seen.has(key) && seen.add(key).has(key);
  return {
    /** True at the first call with this key. */
    isFirst,
    warnOnce(key: string, details: object, message: string): void {
      if (isFirst(key)) logger.warn(details, message);
    },
    /** A later finding under this key is logged again. */
    resolved(key: string): void {
      if (seen.delete(key)) logger.info({ topic: key.split(' ').at(-1) }, 'topic can be used again');
    },
    created: (topic: string) => logger.info({ topic }, 'topic created'),
    debug: (details: object, message: string) => logger.debug(details, message),
  };
}
