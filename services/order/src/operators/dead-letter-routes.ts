import { discardMessageRequest, messagesInBulkRequest, requeueMessageRequest } from '@lmt/contracts';
import type { DiscardedMessage, RequeuedMessage } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import {
  conflict,
  type Logger,
  methodNotAllowed,
  notFound,
  parseInput,
  requireBearer,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { type BulkAction, decideInBulk, discardOne, type OnDiscarded, requeueOne } from './dead-letters.js';
import { messagePath } from './message-routes.js';
import { operatorOf } from './read-operator.js';

export interface DeadLetterRoutesOptions {
  readonly database: OrderDatabase;
  readonly adminToken: string;
  readonly logger: Logger;
  readonly onDiscarded: OnDiscarded;
}

/** @throws Problem 404 or 409 unless the message was changed */
function requireChange(answer: RequeuedMessage | DiscardedMessage, done: 'requeued' | 'discarded'): void {
  const { id } = answer;
  if (answer.outcome === 'unknown') throw notFound(`There is no message ${id}.`);
  if (answer.outcome === 'refused') {
    throw conflict(
      `${id} is a cancellation, which can't be discarded; requeue it instead: without its cancellation the order would never end.`,
    );
  }
  if (answer.outcome === 'conflict') {
    throw conflict(`${id} is ${answer.status}: only a DEAD message can be ${done}.`);
  }
}

/** What operators decide about dead letters; on the internal port. Registered before `messageRoutes`. */
export function deadLetterRoutes(router: Router, options: DeadLetterRoutesOptions): void {
  const { database, adminToken, logger, onDiscarded } = options;
  const operator = requireBearer(adminToken);
  const postOnly = methodNotAllowed(['POST']);

  function bulkRoute(verb: BulkAction['verb'], done: string): void {
    router
      .route(`/messages/${verb}`)
      .post(operator, async (request, response) => {
        const by = operatorOf(request);
        const body = parseInput(messagesInBulkRequest, request.body, 'body');
        const action: BulkAction = verb === 'requeue' ? { verb, by } : { verb, by, onDiscarded };
        const answer = await decideInBulk(database, body, action);
        const { matched, changed, refused } = answer;
        if (!body.dryRun) {
          logger.info({ by, reason: body.reason, matched, changed, refused }, `dead letters ${done}`);
        }
        sendJson(response, 200, answer);
      })
      .all(postOnly);
  }
  bulkRoute('requeue', 'requeued');
  bulkRoute('discard', 'discarded');

  router
    .route('/messages/:id/requeue')
    .post(operator, async (request, response) => {
      const by = operatorOf(request);
      const { id } = parseInput(messagePath, request.params, 'path');
      const { reason } = parseInput(requeueMessageRequest, request.body ?? {}, 'body');
      const { answer, message } = await requeueOne(database, id, { by, reason });
      requireChange(answer, 'requeued');
      logger.info({ by, reason, messageId: id }, 'dead letter requeued');
      sendJson(response, 200, message);
    })
    .all(postOnly);

  router
    .route('/messages/:id/discard')
    .post(operator, async (request, response) => {
      const by = operatorOf(request);
      const { id } = parseInput(messagePath, request.params, 'path');
      const { reason } = parseInput(discardMessageRequest, request.body, 'body');
      const { answer, message } = await discardOne(database, id, { by, reason }, onDiscarded);
      requireChange(answer, 'discarded');
      logger.info({ by, reason, messageId: id }, 'dead letter discarded');
      sendJson(response, 200, message);
    })
    .all(postOnly);
}
