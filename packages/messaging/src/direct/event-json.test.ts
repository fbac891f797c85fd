import { CloudEvent, HTTP } from 'cloudevents';
import { expect, it } from 'vitest';
import { readEventJson, writeEventJson } from './event-json.js';

const message = {
  id: 'id-1',
  topic: 'order-events',
  key: 'order-1',
  type: 'order.placed.v1',
  time: new Date('2026-11-22T08:09:10.123Z'),
  body: '{"big":12345678901234567890,"text":"ü"}',
  headers: { traceparent: '00-1-2-01', 'X-Tenant': 'a', id: 'not yours', ce_type: 'not yours' },
};

it('writes a batch that the CloudEvents SDK reads as the same events', () => {
  const body = `[${writeEventJson(message, '/s')},${writeEventJson({ ...message, id: 'id-2' }, '/s')}]`;

  const events = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body });

  if (!Array.isArray(events)) throw new Error('not a batch');
  expect(events.map(({ id }) => id)).toEqual(['id-1', 'id-2']);
  for (const event of events) {
    expect(new CloudEvent({ ...(event as object) }, true).validate()).toBe(true);
    expect(event).toMatchObject({
      source: '/s',
      type: message.type,
      subject: 'order-1',
      traceparent: '00-1-2-01',
    });
  }
});

it('writes the body unchanged, to the last digit', () => {
  expect(writeEventJson(message, '/s')).toContain(`"data":${message.body}}`);
});

it('throws for a body that would break the batch', () => {
  expect(() => writeEventJson({ ...message, body: '1},{"id":"smuggled"' }, '/s')).toThrow(SyntaxError);
});

it('reads an event as Kafka would deliver it', () => {
  expect(readEventJson(JSON.parse(writeEventJson({ ...message, body: '{"a":1}' }, '/s')))).toEqual({
    id: 'id-1',
    type: 'order.placed.v1',
    key: 'order-1',
    body: '{"a":1}',
    position: 'direct',
    headers: {
      traceparent: '00-1-2-01',
      'x-tenant': 'a',
      id: 'not yours',
      ce_specversion: '1.0',
      ce_id: 'id-1',
      ce_source: '/s',
      ce_type: 'order.placed.v1',
      ce_subject: 'order-1',
      ce_time: '2026-11-22T08:09:10.123Z',
      'content-type': 'application/json',
    },
  });
});

it.each([[42], [null], ['text'], [[]], [{}], [{ id: 7, type: {}, otherheaders: '{', data: undefined }]])(
  'reads %j as a message without an id',
  (event) => {
    expect(readEventJson(event)).toMatchObject({ id: null, type: null, key: null, position: 'direct' });
  },
);
