import { CloudEvent, Kafka } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { readEventHeaders, writeEventHeaders } from './cloud-event.js';

const message = {
  id: '0199f6f0-0000-7000-8000-000000000001',
  topic: 'order-events',
  key: 'order-1',
  type: 'order.placed.v1',
  time: new Date('2026-11-22T08:09:10.123Z'),
  body: '{"orderId":"order-1"}',
  headers: { traceparent: '00-1-2-01' },
};

describe('writing', () => {
  it('writes headers that the CloudEvents SDK reads as the same event', () => {
    const headers = writeEventHeaders(message, '/services/order');

    const record = { headers, key: message.key, value: message.body, body: message.body };
    const event = Kafka.toEvent<unknown>(record);

    expect(event).toMatchObject({
      specversion: '1.0',
      id: message.id,
      source: '/services/order',
      type: message.type,
      subject: 'order-1',
      time: '2026-11-22T08:09:10.123Z',
      datacontenttype: 'application/json',
      data: { orderId: 'order-1' },
    });
    expect(new CloudEvent({ ...(event as object) }, true).validate()).toBe(true);
  });

  it("adds the message's own headers without overwriting those of the event", () => {
    const own = {
      traceparent: 'mine',
      ce_id: 'x',
      CE_Type: 'x',
      'Content-Type': 'text/plain',
      __proto__x: 'y',
    };

    const headers = writeEventHeaders({ ...message, headers: own }, '/s');

    expect(headers).toEqual({
      traceparent: 'mine',
      __proto__x: 'y',
      ce_specversion: '1.0',
      ce_id: message.id,
      ce_source: '/s',
      ce_type: message.type,
      ce_subject: 'order-1',
      ce_time: '2026-11-22T08:09:10.123Z',
      'content-type': 'application/json',
    });
  });

  it('keeps a header named __proto__', () => {
    const headers = writeEventHeaders({ ...message, headers: JSON.parse('{"__proto__":"x"}') }, '/s');
    expect(Object.entries(headers)).toContainEqual(['__proto__', 'x']);
  });

  it.each([
    ['null', null],
    ['a string', 'traceparent'],
    ['a list', ['a']],
    ['an object with a number', { a: 1 }],
    ['an object with an object', { a: {} }],
    ['an object with null', { a: null }],
  ])('throws if the headers are %s', (_, headers) => {
    expect(() => writeEventHeaders({ ...message, headers: headers as never }, '/s')).toThrow(/its header/);
  });

  it('omits an empty subject, which the specification forbids', () => {
    expect(writeEventHeaders({ ...message, key: '' }, '/s')).not.toHaveProperty('ce_subject');
  });
});

describe('reading', () => {
  it('reads the headers that it wrote, as the Buffers that Kafka delivers', () => {
    const written = Object.entries(writeEventHeaders(message, '/s'));
    const raw = Object.fromEntries(written.map(([name, value]) => [name, Buffer.from(value)]));

    const { id, type, headers } = readEventHeaders(raw);

    expect({ id, type }).toEqual({ id: message.id, type: message.type });
    expect(headers.traceparent).toBe('00-1-2-01');
  });

  it('accepts names in any case, and takes the first value of an array or a repeated name', () => {
    const raw = { CE_ID: [Buffer.from('a'), 'b'], ce_id: 'c', Ce_Type: 't' };
    expect(readEventHeaders(raw)).toMatchObject({ id: 'a', type: 't' });
  });

  it.each([
    ['no headers at all', undefined],
    ['empty values', { ce_id: '', ce_type: Buffer.alloc(0) }],
    ['null values', { ce_id: null, ce_type: undefined }],
    ['empty arrays', { ce_id: [], ce_type: [] }],
  ])('finds neither id nor type with %s', (_, raw) => {
    expect(readEventHeaders(raw)).toMatchObject({ id: null, type: null });
  });

  it('treats a header named __proto__ as a header', () => {
    const { headers } = readEventHeaders(JSON.parse('{"__proto__":"x","ce_id":"1"}'));
    expect(Object.hasOwn(headers, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });
});
