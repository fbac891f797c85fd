import {
  type DeadLettersView,
  type DeadLetterView,
  MAX_DEAD_LETTER_BODY,
  ORDER_EVENTS_DEAD_LETTER_TOPIC,
  toText,
} from '@lmt/contracts';
import { stockRoutes as contracts } from '@lmt/contracts/routes';
import { createDeadLetterReader, type StoredDeadLetter, UnreadableTopicError } from '@lmt/messaging';
import {
  addRoutes,
  type Logger,
  type Operator,
  readKafkaSecurity,
  requireBearer,
  route,
  unavailable,
} from '@lmt/service-kit';
import type { Router } from 'express';
import type { Config } from '../config.js';

const LIMITS = { body: MAX_DEAD_LETTER_BODY, other: 500 };
const RETRY_AFTER_SECONDS = 2;
// Control characters could change the display of a terminal. Bodies may have lines.
const CONTROL = /[^\P{Cc}\t\n\r]/gu;

interface DeadLetterRoutesOptions {
  readonly settings: Config;
  readonly operators: readonly Operator[];
  readonly logger: Logger;
}

function toView({ at, body, truncatedFrom, ...texts }: StoredDeadLetter): DeadLetterView {
  const safe = (text: string | null) => text && toText(text, LIMITS.other);
  return {
    position: texts.position,
    at: at.toISOString(),
    reason: safe(texts.reason),
    origin: safe(texts.origin),
    key: safe(texts.key),
    type: safe(texts.type),
    messageId: safe(texts.messageId),
    body: body?.replace(CONTROL, '\ufffd') ?? null,
    truncatedFrom,
  };
}

/** Returns a function that reads the newest dead letters. Without a broker there are none. */
function createList({ settings, logger }: DeadLetterRoutesOptions) {
  if (settings.BROKER === 'direct')
    return async (): Promise<DeadLettersView> => ({ topic: null, total: 0, items: [] });
  const topic = settings.KAFKA_TOPIC_PREFIX + ORDER_EVENTS_DEAD_LETTER_TOPIC;
  const read = createDeadLetterReader({
    brokers: settings.KAFKA_BROKERS,
    clientId: 'inventory-dead-letters',
    security: readKafkaSecurity(settings),
    groupPrefix: `${settings.KAFKA_GROUP_ID}-dead-letters`,
    topic,
    textLimits: LIMITS,
    logger,
  });
  return async (limit: number): Promise<DeadLettersView> => {
    const { total, records } = await read(limit);
    return { topic, total, items: records.map(toView) };
  };
}

/** Adds the internal route on which operators read the dead-letter topic. */
export function deadLetterRoutes(router: Router, options: DeadLetterRoutesOptions): void {
  const list = createList(options);
  const listDeadLetters = route(contracts.listDeadLetters, requireBearer(options.operators)).answer(
    async ({ query: { limit } }) => {
      const page = await list(limit).catch((error) => {
        if (!(error instanceof UnreadableTopicError)) throw error;
        throw unavailable(error.message, RETRY_AFTER_SECONDS, error.message);
      });
      return { status: 200, body: page };
    },
  );
  addRoutes(router, [listDeadLetters]);
}
