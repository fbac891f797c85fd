import { type MessageDetailView, toPage } from '@lmt/contracts';
import { messageRoutes as contracts } from '@lmt/contracts/routes';
import {
  CursorError,
  countMessages,
  findMessage,
  type IdempotentRequest,
  listActions,
  listMessages,
  type MessageDetail,
  measureSpeed,
} from '@lmt/outbox';
import type { SqlClient } from '@lmt/postgres';
import {
  addRoutes,
  invalidInput,
  type Logger,
  notFound,
  type Operator,
  requireBearer,
  route,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { type Answer, decideInBulk, decideOne, hashRequest, previewInBulk } from './decide-messages.js';

export interface OperatorRoutesOptions {
  /** For decisions. */
  readonly database: SqlClient;
  /** For reads, with COUNT_SESSION_SETTINGS, so that scans do not delay orders and results. */
  readonly countPool: SqlClient;
  readonly operators: readonly Operator[];
  readonly logger: Logger;
}

const DONE = { requeue: 'requeued', discard: 'discarded', 'send-now': 'sent now' } as const;

interface IdempotentHeaders {
  readonly 'idempotency-key'?: string | undefined;
}

function readRequest(
  { 'idempotency-key': key }: IdempotentHeaders,
  ...wanted: readonly unknown[]
): IdempotentRequest | undefined {
  return key === undefined ? undefined : { key, hash: hashRequest(wanted) };
}

const toAnswer = <T>({ answer, replayed }: Answer<T>) => ({
  status: 200 as const,
  body: answer,
  ...(replayed && { headers: { 'Idempotency-Replayed': 'true' } }),
});

/** Types the columns that only this service and the outbox write, in the format of the contract. */
const toDetail = ({ result, history, ...message }: MessageDetail) => ({
  ...message,
  result: result as MessageDetailView['result'],
  history: history as MessageDetailView['history'],
});

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
export function operatorRoutes(router: Router, options: OperatorRoutesOptions): void {
  // The reads come last, because `/messages/:id` also matches the fixed paths of the decisions.
  addRoutes(router, [...decisionRoutes(options), ...readRoutes(options)]);
}

function readRoutes({ countPool, operators }: OperatorRoutesOptions) {
  const operator = requireBearer(operators);
  return [
    route(contracts.listMessages, operator).answer(
      async ({ query: { status, limit, cursor, ...filter } }) => ({
        status: 200,
        body: await scan('query', () => listMessages(countPool, { filter, status, limit, cursor })),
      }),
    ),
    route(contracts.getMessageStats, operator).answer(async () => ({
      status: 200,
      body: await countMessages(countPool),
    })),
    route(contracts.getSpeed, operator).answer(async ({ query }) => ({
      status: 200,
      body: await measureSpeed(countPool, query.minutes),
    })),
    route(contracts.listActions, operator).answer(async ({ query }) => ({
      status: 200,
      body: toPage(await listActions(countPool, query), query.limit, 'id'),
    })),
    route(contracts.getMessage, operator).answer(async ({ params: { id } }) => {
      const message = await findMessage(countPool, id);
      if (message === null)
        throw notFound(
          `There is no message ${id}. If it was purged, the operators' decisions on it remain: GET /operator-actions?messageId=${id}`,
        );
      return { status: 200, body: toDetail(message) };
    }),
  ];
}

function decisionRoutes({ database, countPool, operators, logger }: OperatorRoutesOptions) {
  const operator = requireBearer(operators);
  return contracts.decisions.flatMap(({ verb, bulk, one }) => [
    route(bulk, operator).answer(async ({ headers, body }, { operator: actor }) => {
      if (body.dryRun)
        return { status: 200, body: await scan('body', () => previewInBulk(countPool, verb, body)) };
      const { reason } = body;
      const action = { actor, verb, reason, request: readRequest(headers, verb, body) };
      const decided = await scan('body', () => decideInBulk(database, countPool, body, action));
      const { matched, changed, refused } = decided.answer;
      if (!decided.replayed)
        logger.info({ by: actor, reason, matched, changed, refused }, `${noun(verb)}s ${DONE[verb]}`);
      return toAnswer(decided);
    }),
    route(one, operator).answer(
      async ({ params: { id }, headers, body: { reason } }, { operator: actor }) => {
        const action = { actor, verb, reason, request: readRequest(headers, verb, id, reason) };
        const decided = await decideOne(database, id, action);
        if (!decided.replayed)
          logger.info({ by: actor, reason, messageId: id }, `${noun(verb)} ${DONE[verb]}`);
        return toAnswer({ ...decided, answer: toDetail(decided.answer) });
      },
    ),
  ]);
}

const noun = (verb: contracts.DecisionVerb) => (verb === 'send-now' ? 'message' : 'dead letter');
