import kafkajs from 'kafkajs';
import type { Logger } from '../port.js';

/**
 * Warns if the installed kafkajs is not the one that this package bundles. Yarn 2+ ignores bundled
 * dependencies, and the published kafkajs loses messages and stops consumers.
 */
export function warnOfPublishedKafkajs(logger: Pick<Logger, 'warn'>, installed: object = kafkajs): void {
  if ('isCorrected' in installed) return;
  logger.warn({}, 'kafkajs is not patched; the README of @lmt/messaging describes how to patch it');
}
