import {
  decideMessageRequest,
  discardMessageRequest,
  idempotencyKey,
  listActionsQuery,
  listMessagesQuery,
  messagesInBulkRequest,
  speedQuery,
  toPage,
  uuid,
} from '@lmt/contracts';
import {
  CursorError,
  countMessages,
  findMessage,
  type IdempotentRequest,
  listActions,
  listMessages,
  measureSpeed,
} from '@lmt/outbox';
import type { SqlClient } from '@lmt/postgres';
import {
  invalidInput,
  type Logger,
  methodNotAllowed,
  notFound,
  type Operator,
  parseInput,
  requireBearer,
  sendJson,
} from '@lmt/service-kit';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { type Answer, decideInBulk, decideOne, hashRequest, previewInBulk } from './decide-messages.js';

export interface OperatorRoutesOptions {
  /** For decisions. */
  readonly database: SqlClient;
  /** For reads, with COUNT_SESSION_SETTINGS, so that scans do not delay orders and results. */
  readonly countPool: SqlClient;
  readonly operators: readonly Operator[];
  readonly logger: Logger;
}

const path = z.object({ id: uuid });
const headers = z.object({ 'idempotency-key': idempotencyKey.optional() });

const VERBS = [
  { verb: 'requeue', done: 'requeued', schema: decideMessageRequest },
  { verb: 'discard', done: 'discarded', schema: discardMessageRequest },
  { verb: 'send-now', done: 'sent now', schema: decideMessageRequest },
] as const;

/** @throws Problem 400 if the header is not a valid key */
function readRequest(request: Request, ...wanted: readonly unknown[]): IdempotentRequest | undefined {
  const header = request.headers['idempotency-key'];
  const key = parseInput(headers, { 'idempotency-key': header }, 'headers')['idempotency-key'];
  return key === undefined ? undefined : { key, hash: hashRequest(wanted) };
}

function sendAnswer(response: Response, { answer, replayed }: Answer<unknown>): void {
  if (replayed) response.setHeader('Idempotency-Replayed', 'true');
  sendJson(response, 200, answer);
}

/** Runs a scan. A cursor of another list becomes a 400. */
async function scan<T>(where: 'query' | 'body', read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    const message = 'expected the nextCursor of an earlier page with the same filter';
    throw invalidInput(where, [{ path: 'cursor', message }]);
  }
}

/** Adds the operators' internal routes, which read messages and decide about them. */
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
      const page = await scan('query', () => listMessages(countPool, { filter, status, limit, cursor }));
      sendJson(response, 200, page);
    })
    .all(getOnly);

  router
    .route('/messages/stats')
    .get(operator, async (_request, response) => sendJson(response, 200, await countMessages(countPool)))
    .all(getOnly);

  router
    .route('/messages/speed')
    .get(operator, async (request, response) => {
      const { minutes } = parseInput(speedQuery, request.query, 'query');
      sendJson(response, 200, await measureSpeed(countPool, minutes));
    })
    .all(getOnly);

  router
    .route('/operator-actions')
    .get(operator, async (request, response) => {
      const query = parseInput(listActionsQuery, request.query, 'query');
      sendJson(response, 200, toPage(await listActions(countPool, query), query.limit, 'id'));
    })
    .all(getOnly);

  for (const { verb, done, schema } of VERBS) {
    router
      .route(`/messages/${verb}`)
      .post(operator, async (request, response) => {
        const body = parseInput(messagesInBulkRequest, request.body, 'body');
        const { operator: actor } = request;
        const { reason } = body;
        const key = readRequest(request, verb, body);
        if (body.dryRun) {
          sendJson(response, 200, await scan('body', () => previewInBulk(countPool, verb, body)));
          return;
        }
        const action = { actor, verb, reason, request: key };
        const decided = await scan('body', () => decideInBulk(database, countPool, body, action));
        const { matched, changed, refused } = decided.answer;
        if (!decided.replayed)
          logger.info({ by: actor, reason, matched, changed, refused }, `${noun(verb)}s ${done}`);
        sendAnswer(response, decided);
      })
      .all(postOnly);

    router
      .route(`/messages/:id/${verb}`)
      .post(operator, async (request, response) => {
        const { operator: actor } = request;
        const { id } = parseInput(path, request.params, 'path');
        const { reason } = parseInput(schema, request.body ?? {}, 'body');
        const action = { actor, verb, reason, request: readRequest(request, verb, id, reason) };
        const decided = await decideOne(database, id, action);
        if (!decided.replayed) logger.info({ by: actor, reason, messageId: id }, `${noun(verb)} ${done}`);
        sendAnswer(response, decided);
      })
      .all(postOnly);
  }

  // Registered last, because `:id` also matches the fixed paths above.
  router
    .route('/messages/:id')
    .get(operator, async (request, response) => {
      const { id } = parseInput(path, request.params, 'path');
      const message = await findMessage(countPool, id);
      if (message === null)
        throw notFound(
          `There is no message ${id}. If it was purged, the operators' decisions on it remain: GET /operator-actions?messageId=${id}`,
        );
      sendJson(response, 200, message);
    })
    .all(getOnly);
}

const noun = (verb: string) => (verb === 'send-now' ? 'message' : 'dead letter');
