import { defineRoute } from '@lmt/api';
import { z } from 'zod';
import { messageResult, messageResultsRequest, messageResultsResponse } from '../message-results.js';
import {
  decideMessageRequest,
  discardMessageRequest,
  listActionsQuery,
  listMessagesQuery,
  messageDetailView,
  messageStatsView,
  messagesInBulkRequest,
  messagesInBulkResponse,
  messagesPage,
  operatorActionsPage,
} from '../messages.js';
import { speedQuery, speedView } from '../speed.js';
import { EXAMPLE_ID, idempotent, idPath, KEY_REUSED, REPLAYED } from './parts.js';

const auth = 'operator';

export const listMessages = defineRoute({
  method: 'get',
  path: '/messages',
  id: 'listMessages',
  summary: 'Lists messages, newest first',
  description:
    'A request reads a bounded number of messages. If few of them match, the page ends early: `complete` is false, and `nextCursor` continues.',
  auth,
  query: listMessagesQuery,
  answers: { 200: { description: 'A page of messages.', schema: messagesPage } },
  example: { query: { status: 'DEAD', limit: '20' } },
});

export const getMessageStats = defineRoute({
  method: 'get',
  path: '/messages/stats',
  id: 'getMessageStats',
  summary: 'Counts messages by status',
  auth,
  answers: { 200: { description: 'The counts.', schema: messageStatsView } },
});

export const getSpeed = defineRoute({
  method: 'get',
  path: '/messages/speed',
  id: 'getSpeed',
  summary: 'Returns how long completed messages took',
  auth,
  query: speedQuery,
  answers: { 200: { description: 'Durations from a sample.', schema: speedView } },
  example: { query: { minutes: '5' } },
});

export const getMessage = defineRoute({
  method: 'get',
  path: '/messages/:id',
  id: 'getMessage',
  summary: 'Returns a message',
  auth,
  params: idPath,
  answers: { 200: { description: 'The message.', schema: messageDetailView } },
  problems: { 404: 'There is no such message. It may have been purged.' },
  example: { params: { id: EXAMPLE_ID } },
});

export const listActions = defineRoute({
  method: 'get',
  path: '/operator-actions',
  id: 'listOperatorActions',
  summary: "Lists operators' decisions, newest first",
  auth,
  query: listActionsQuery,
  answers: { 200: { description: 'A page of decisions.', schema: operatorActionsPage } },
  example: { query: { limit: '20' } },
});

const VERBS = {
  requeue: { title: 'Requeue', does: 'Republishes dead letters', body: decideMessageRequest },
  discard: { title: 'Discard', does: 'Discards dead letters', body: discardMessageRequest },
  'send-now': {
    title: 'SendNow',
    does: 'Publishes unfinished messages that are not due yet',
    body: decideMessageRequest,
  },
} as const;
export type DecisionVerb = keyof typeof VERBS;

const isVerb = (key: string): key is DecisionVerb => key in VERBS;

function describeDecisions<V extends DecisionVerb>(verb: V) {
  const { title, does, body } = VERBS[verb];
  const common = { method: 'post', auth, headers: idempotent } as const;
  return {
    verb,
    bulk: defineRoute({
      ...common,
      path: `/messages/${verb}`,
      id: `bulk${title}`,
      summary: `${does}, selected by a filter`,
      description: 'A reason is required unless `dryRun` is true.',
      body: messagesInBulkRequest,
      answers: {
        200: { description: 'The changed messages.', schema: messagesInBulkResponse, headers: REPLAYED },
      },
      problems: { 422: KEY_REUSED },
      example: { body: { filter: {}, dryRun: true } },
    }),
    one: defineRoute({
      ...common,
      path: `/messages/:id/${verb}`,
      id: `message${title}`,
      summary: `${does}, selected by id`,
      params: idPath,
      body,
      bodyOptional: true,
      answers: {
        200: { description: 'The message after the decision.', schema: messageDetailView, headers: REPLAYED },
      },
      problems: {
        404: 'There is no such message.',
        409: 'The state of the message does not allow the decision.',
        422: KEY_REUSED,
      },
      example: { params: { id: EXAMPLE_ID }, body: { reason: 'the consumer is repaired' } },
    }),
  };
}

export const decisions = Object.keys(VERBS).filter(isVerb).map(describeDecisions);

// Each item is unknown to the parser, which validates it on its own. The documents describe it, and the
// comparison with the last release covers it.
const { $schema: _, ...described } = z.toJSONSchema(messageResult, { io: 'input' });
messageResultsRequest.shape.results.element.register(z.globalRegistry, { ...described, id: 'MessageResult' });

export const reportResults = defineRoute({
  method: 'post',
  path: '/internal/message-results',
  id: 'reportResults',
  summary: 'Accepts the results of a consumer',
  description: 'Each result is validated separately. Its answer has the same position.',
  auth: 'signature',
  body: messageResultsRequest,
  answers: { 200: { description: 'An answer per result.', schema: messageResultsResponse } },
  example: {
    body: {
      results: [
        {
          messageId: EXAMPLE_ID,
          orderId: EXAMPLE_ID,
          outcome: 'SUCCEEDED',
          processedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
    },
  },
});

/** The operators' routes of the order service's internal port. */
export const operatorContracts = [
  listMessages,
  getMessageStats,
  getSpeed,
  listActions,
  ...decisions.flatMap(({ bulk, one }) => [bulk, one]),
  getMessage,
];

/** The order service's internal port. */
export const orderInternalContracts = [...operatorContracts, reportResults];
