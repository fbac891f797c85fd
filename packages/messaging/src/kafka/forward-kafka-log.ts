import { type logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../logger.js';

const quietMs = 60_000;

/**
 * Passes on kafkajs' own log: the first warning or error, then one a minute with the number of
 * those kept back; all of it at debug. An outage makes it write several lines a second, each of
 * them about the same thing.
 */
export function forwardKafkaLog(
  logger: Logger,
  isQuiet: () => boolean,
  now = () => performance.now(),
): logCreator {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let keptBack = 0;
  return () =>
    ({ namespace, level, log }) => {
      const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
      logger.debug({ kafka: namespace, ...details }, message);
      if (level > logLevel.WARN || isQuiet()) return;
      if (now() < quietUntil) {
        keptBack += 1;
        return;
      }
      logger.warn({ kafka: namespace, keptBack }, message);
      quietUntil = now() + quietMs;
      keptBack = 0;
    };
}
