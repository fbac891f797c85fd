import {
  discardMessageRequest,
  listMessagesQuery,
  messagesInBulkRequest,
  requeueMessageRequest,
  toPage,
  uuid,
} from '@lmt/contracts';
import { countMessages, findMessage, listMessages } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import {
  conflict,
  type Logger,
  methodNotAllowed,
  notFound,
  type Operator,
  parseInput,
  requireBearer,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { decideInBulk, decideOne } from './dead-letters.js';

export interface OperatorRoutesOptions {
  readonly database: OrderDatabase;
  /** Connections with COUNT_SESSION_SETTINGS. */
  readonly countPool: OrderDatabase;
  readonly operators: readonly Operator[];
  readonly logger: Logger;
}

const path = z.object({ id: uuid });

const VERBS = [
  { verb: 'requeue', done: 'requeued', schema: requeueMessageRequest },
  { verb: 'discard', done: 'discarded', schema: discardMessageRequest },
] as const;

/** Adds the operators' internal routes, which read, requeue and discard messages. */
export function operatorRoutes(
  router: Router,
  { database, countPool, operators, logger }: OperatorRoutesOptions,
): void {
  const operator = requireBearer(operators);
  const getOnly = methodNotAllowed(['GET']);
  const postOnly = methodNotAllowed(['POST']);

  router
    .route('/messages')
    .get(operator, async (request, response) => {
      const { status, limit, cursor, ...filter } = parseInput(listMessagesQuery, request.query, 'query');
      const messages = await listMessages(database, { filter, status, limit, cursor });
      sendJson(response, 200, toPage(messages, limit, 'id'));
    })
    .all(getOnly);

  router
    .route('/messages/stats')
    .get(operator, async (_request, response) => sendJson(response, 200, await countMessages(countPool)))
    .all(getOnly);

  for (const { verb, done, schema } of VERBS) {
    router
      .route(`/messages/${verb}`)
      .post(operator, async (request, response) => {
        const by = request.operator;
        const body = parseInput(messagesInBulkRequest, request.body, 'body');
        const answer = await decideInBulk(database, verb, by, body);
        const { matched, changed, refused } = answer;
        if (!body.dryRun)
          logger.info({ by, reason: body.reason, matched, changed, refused }, `dead letters ${done}`);
        sendJson(response, 200, answer);
      })
      .all(postOnly);

    router
      .route(`/messages/:id/${verb}`)
      .post(operator, async (request, response) => {
        const by = request.operator;
        const { id } = parseInput(path, request.params, 'path');
        const { reason } = parseInput(schema, request.body ?? {}, 'body');
        const { answer, message } = await decideOne(database, verb, id, { by, reason });
        if (answer.outcome === 'unknown') throw notFound(`There is no message ${id}.`);
        if (answer.outcome === 'refused')
          throw conflict(
            `${id} is a cancellation and cannot be discarded: its order would stay CANCELLING. Requeue it instead.`,
          );
        if (answer.outcome === 'conflict')
          throw conflict(`${id} is ${answer.status}: only a DEAD message can be ${done}.`);
        logger.info({ by, reason, messageId: id }, `dead letter ${done}`);
        sendJson(response, 200, message);
      })
      .all(postOnly);
  }

  // Registered last, because `:id` also matches the fixed paths above.
  router
    .route('/messages/:id')
    .get(operator, async (request, response) => {
      const { id } = parseInput(path, request.params, 'path');
      const message = await findMessage(database, id);
      if (message === null) throw notFound(`There is no message ${id}.`);
      sendJson(response, 200, message);
    })
    .all(getOnly);
}
