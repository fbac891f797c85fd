import { createJsonSchemas } from '@lmt/api';
import { z } from 'zod';
import {
  ORDER_CANCELLED,
  ORDER_EVENTS_DEAD_LETTER_TOPIC,
  ORDER_EVENTS_PARTITIONS,
  ORDER_EVENTS_TOPIC,
  ORDER_PLACED,
  orderCancelled,
  orderPlaced,
} from './events.js';
import { messageResultsRequest } from './message-results.js';
import { reportResults } from './routes/messages.js';
import { API_VERSION, EXAMPLE_ID } from './routes/parts.js';

const AT = '2026-01-31T12:00:00.000Z';
const MESSAGES = {
  orderPlaced: {
    name: ORDER_PLACED,
    title: 'An order was placed',
    schema: orderPlaced,
    example: {
      orderId: EXAMPLE_ID,
      customerId: 'ada',
      items: [{ sku: 'KEYBOARD', quantity: 2 }],
      placedAt: AT,
    },
  },
  orderCancelled: {
    name: ORDER_CANCELLED,
    title: 'An order is being cancelled',
    schema: orderCancelled,
    example: { orderId: EXAMPLE_ID, reason: 'ordered twice', cancelledAt: AT },
  },
} as const;

/** Headers of a record: CloudEvents 1.0 in binary mode. The package messaging writes them. */
export const recordHeaders = (type: string) =>
  z.object({
    'content-type': z.literal('application/json'),
    ce_specversion: z.literal('1.0'),
    ce_id: z.uuid().describe('Id of the message. A republication keeps it.'),
    ce_source: z.string(),
    ce_type: z.literal(type),
    ce_subject: z.string().describe('Key of the record: the order id.'),
    ce_time: z.iso.datetime(),
    traceparent: z.string().describe('W3C trace context.'),
  });

const to = (path: string) => ({ $ref: `#/${path}` });

/** Builds the AsyncAPI 3 document of the order service and its relay: events sent, results received. */
export function createAsyncApiDocument(): object {
  const { components, convert } = createJsonSchemas();
  const events = Object.entries(MESSAGES).map(([id, { name, title, schema, example }]) => [
    id,
    {
      name,
      title,
      contentType: 'application/json',
      headers: convert(recordHeaders(name), 'output'),
      payload: convert(schema, 'output'),
      bindings: { kafka: { key: { type: 'string', format: 'uuid', description: 'The order id.' } } },
      examples: [{ payload: example }],
    },
  ]);
  const results = {
    name: 'message-results',
    title: 'A consumer reports results',
    summary: 'Each item of `results` is a MessageResult. Each is validated on its own.',
    contentType: 'application/json',
    payload: convert(messageResultsRequest, 'input'),
    examples: [{ payload: reportResults.example.body }],
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Order events and their results',
      version: API_VERSION,
      description:
        'The relay sends events at least once, and the events of an order in sequence. It republishes an event until a consumer has reported its result.',
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'application/json',
    channels: {
      orderEvents: {
        address: ORDER_EVENTS_TOPIC,
        description: 'The setting KAFKA_TOPIC_PREFIX precedes the name.',
        messages: Object.fromEntries(
          Object.keys(MESSAGES).map((id) => [id, to(`components/messages/${id}`)]),
        ),
        bindings: { kafka: { partitions: ORDER_EVENTS_PARTITIONS } },
      },
      deadLetters: {
        address: ORDER_EVENTS_DEAD_LETTER_TOPIC,
        description: 'Records that a consumer cannot process at all, unchanged, with the reason in headers.',
        messages: { deadLetter: { name: 'dead-letter', title: 'An unreadable record', payload: {} } },
        bindings: { kafka: { partitions: 1 } },
      },
      messageResults: {
        address: reportResults.path,
        description: 'HTTP, signed as Standard Webhooks.',
        messages: { messageResults: to('components/messages/messageResults') },
      },
    },
    operations: {
      sendOrderEvents: { action: 'send', channel: to('channels/orderEvents'), summary: 'Sends events' },
      receiveResults: {
        action: 'receive',
        channel: to('channels/messageResults'),
        summary: 'Takes results',
        security: [to('components/securitySchemes/signature')],
        bindings: { http: { method: 'POST' } },
      },
    },
    components: {
      messages: { ...Object.fromEntries(events), messageResults: results },
      securitySchemes: {
        signature: { type: 'httpApiKey', in: 'header', name: 'webhook-signature' },
      },
      schemas: components,
    },
  };
}
