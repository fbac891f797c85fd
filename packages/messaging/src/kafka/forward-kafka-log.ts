import { type logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../logger.js';

/**
 * kafkajs' own log is for debugging: an outage makes it write several errors a second, all of one
 * thing, and a normal start writes some too. `onProblem` is told of each, so that the one line that
 * its owner writes about an outage can name the last.
 */
export function forwardKafkaLog(logger: Logger, onProblem: (text: string) => void): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
      logger.debug({ kafka: namespace, ...details }, message);
      if (level > logLevel.ERROR) return;
      onProblem(typeof details.error === 'string' ? `${message}: ${details.error}` : message);
    };
}
