import { createJsonSchemas, createOpenApiDocument, defineRoute } from '@lmt/api';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { findBreakingChanges } from './find-breaking-changes.js';

const body = z.strictObject({ customer: z.string().max(128), note: z.string().optional() });
const answer = z.object({
  id: z.string(),
  status: z.enum(['PENDING', 'CONFIRMED']),
  items: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  note: z.string().optional(),
  reason: z.string().nullable(),
  kind: z.literal('order'),
});
const query = z.strictObject({
  status: z.enum(['PENDING', 'CONFIRMED']).optional(),
  limit: z.string().optional(),
});

const place = { method: 'post', path: '/orders', id: 'place', summary: 'Places', body } as const;
const list = { method: 'get', path: '/orders', id: 'list', summary: 'Lists', query } as const;
const answers = { 200: { description: 'An order.', schema: answer } };
const problems = { 409: 'Taken.' };

interface Change {
  readonly place?: object;
  readonly list?: object;
  readonly version?: string;
}

function describeApi(change: Change = {}): object {
  const routes = [
    defineRoute({ ...place, answers, problems, ...change.place }),
    defineRoute({ ...list, answers, ...change.list }),
  ];
  return createOpenApiDocument({
    title: 'Orders',
    description: 'Orders.',
    version: change.version ?? '1.0.0',
    routes,
  });
}

const answering = (schema: z.ZodType) => ({
  place: { answers: { 200: { description: 'An order.', schema } } },
});
const compare = (change: Change) => findBreakingChanges(describeApi(), describeApi(change));

it.each<[string, Change]>([
  ['a stricter field of a request', { place: { body: body.extend({ customer: z.string().max(10) }) } }],
  ['a new required field of a request', { place: { body: body.extend({ city: z.string() }) } }],
  ['a field that a request must now have', { place: { body: body.required() } }],
  ['an optional field that a request may no longer have', { place: { body: body.omit({ note: true }) } }],
  ['a field of a request with another type', { place: { body: body.extend({ customer: z.int() }) } }],
  ['a header that a request must now have', { place: { headers: z.object({ 'x-operator': z.string() }) } }],
  ['a token that a request must now have', { place: { auth: 'operator' } }],
  ['a removed parameter', { list: { query: query.omit({ limit: true }) } }],
  ['a parameter that a request must now have', { list: { query: query.required() } }],
  [
    'a parameter without one of its values',
    { list: { query: query.extend({ status: z.enum(['PENDING']).optional() }) } },
  ],
  ['a removed field of an answer', answering(answer.omit({ id: true }))],
  ['a field that an answer may now lack', answering(answer.partial({ id: true }))],
  ['a field that may now be null', answering(answer.extend({ id: z.string().nullable() }))],
  ['a field of an answer with another type', answering(answer.extend({ id: z.int() }))],
  [
    'a field of an answer that may be null, with another type',
    answering(answer.extend({ reason: z.boolean().nullable() })),
  ],
  ['a field of an answer with another constant value', answering(answer.extend({ kind: z.literal('sale') }))],
  [
    'a new value in an answer',
    answering(answer.extend({ status: z.enum(['PENDING', 'CONFIRMED', 'LOST']) })),
  ],
  [
    'a removed field in a list of an answer',
    answering(answer.extend({ items: z.array(z.object({ sku: z.string() })) })),
  ],
  ['another path', { place: { path: '/order' } }],
  ['another method', { place: { method: 'put' } }],
  ['another status of success', { place: { answers: { 201: answers[200] } } }],
])('reports %s', (_name, change) => {
  expect(compare(change)).not.toEqual([]);
});

it('reports a request that may no longer have unknown fields', () => {
  const loose = describeApi({ place: { body: z.object(body.shape) } });
  expect(findBreakingChanges(loose, describeApi())).not.toEqual([]);
});

it.each<[string, Change]>([
  ['no change', {}],
  ['a new optional field of a request', { place: { body: body.extend({ city: z.string().optional() }) } }],
  ['a wider field of a request', { place: { body: body.extend({ customer: z.string().max(500) }) } }],
  [
    'a new optional parameter',
    { list: { query: z.strictObject({ after: z.string().optional(), ...query.shape }) } },
  ],
  [
    'a new header that a request may have',
    { place: { headers: z.object({ 'x-operator': z.string().optional() }) } },
  ],
  [
    'a parameter with a new value',
    { list: { query: query.extend({ status: z.enum(['LOST', 'PENDING', 'CONFIRMED']).optional() }) } },
  ],
  ['a new field of an answer', answering(z.object({ customer: z.string(), ...answer.shape }))],
  ['a field that an answer now always has', answering(answer.required())],
  ['another order of values', answering(answer.extend({ status: z.enum(['CONFIRMED', 'PENDING']) }))],
  ['a new status of a problem', { place: { problems: { 404: 'Missing.', ...problems } } }],
  ['another text', { place: { summary: 'Stores' } }],
])('accepts %s', (_name, change) => {
  expect(compare(change)).toEqual([]);
});

it('compares a component where it is used', () => {
  const withId = (schema: z.ZodObject) => describeApi(answering(schema.meta({ id: 'Order' })));
  expect(findBreakingChanges(withId(answer), withId(answer.extend({ city: z.string() })))).toEqual([]);
  expect(findBreakingChanges(withId(answer), withId(answer.omit({ id: true })))).not.toEqual([]);
});

it('states where a change is, and both values', () => {
  expect(compare({ place: { body: body.extend({ customer: z.string().max(10) }) } })).toEqual([
    'paths /orders post requestBody content application/json schema properties customer maxLength: replace, 128 -> 10',
  ]);
});

it('accepts a breaking change with a new major version', () => {
  expect(compare({ place: { path: '/order' }, version: '1.1.0' })).not.toEqual([]);
  expect(compare({ place: { path: '/order' }, version: '2.0.0' })).toEqual([]);
});

const event = z.object({ id: z.string().max(128), at: z.string().optional() });

const describeHeaders = (...names: readonly string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.string()])));

function describeEvents(
  payload: z.ZodType = event,
  type = 'order.placed.v1',
  topic = 'orders',
  headers = describeHeaders('ce_id'),
): object {
  const { components, convert } = createJsonSchemas();
  return {
    asyncapi: '3.0.0',
    info: { version: '1.0.0' },
    channels: { orders: { address: topic, messages: { placed: { $ref: '#/components/messages/placed' } } } },
    components: {
      messages: {
        placed: { name: type, headers: convert(headers, 'output'), payload: convert(payload, 'output') },
      },
      schemas: components,
    },
  };
}

it.each<[string, object]>([
  ['that lacks a field', describeEvents(event.omit({ id: true }))],
  ['that may lack a field', describeEvents(event.partial())],
  ['with a field that stored events lack', describeEvents(event.extend({ customer: z.string() }))],
  ['with a field that stored events may lack', describeEvents(event.required())],
  ['with values that stored events exceed', describeEvents(event.extend({ id: z.string().max(10) }))],
  [
    'with values that exceed those of old consumers',
    describeEvents(event.extend({ id: z.string().max(500) })),
  ],
  ['of another type', describeEvents(event, 'order.placed.v2')],
  ['on another topic', describeEvents(event, 'order.placed.v1', 'placed')],
  ['without a header', describeEvents(event, 'order.placed.v1', 'orders', describeHeaders())],
])('reports an event %s', (_name, changed) => {
  expect(findBreakingChanges(describeEvents(), changed)).not.toEqual([]);
});

it('accepts a new optional field of an event', () => {
  const changed = describeEvents(event.extend({ customer: z.string().optional() }));
  expect(findBreakingChanges(describeEvents(), changed)).toEqual([]);
});
