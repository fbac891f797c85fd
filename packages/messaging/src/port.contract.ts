import { afterEach, describe, expect, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder, within } from './port.fixture.js';
import type { MessageHandler, Publisher, PublishOutcome } from './port.js';

/** A connected publisher and receiver, with their own topic or address. */
export interface Connected {
  readonly topic: string;
  readonly publisher: Publisher;
  /** False for direct HTTP, where the receiver accepts any topic. */
  readonly refusesOtherTopics: boolean;
  /** Sends records without an id, such as broken JSON. */
  sendGarbage(): Promise<void>;
  /** Returns the reasons of all dead letters, from the outcomes or the dead-letter topic. */
  deadLetterReasons(outcomes: readonly PublishOutcome[]): Promise<string[]>;
  closeReceiver(): Promise<void>;
  close(): Promise<void>;
}

export type Connect = (handler: MessageHandler) => Promise<Connected>;

/** Tests that every transport behind the port must pass. */
export function describeDelivery(name: string, connect: Connect): void {
  describe(`delivery by ${name}`, () => {
    const opened: Connected[] = [];
    const open: Connect = async (handler) => {
      const connected = await connect(handler);
      opened.push(connected);
      return connected;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((connected) => connected.close()));
    });

    it('delivers every message once, with its key, id, type, body and headers', async () => {
      const { received, handler, ids } = recorder();
      const { publisher, topic } = await open(handler);
      const messages = Array.from({ length: 100 }, (_, at) =>
        outboundMessage(topic, {
          key: `key-${at % 13}`,
          headers: { traceparent: `00-${at}`, 'x-tenant': `tenant ${at}`, CE_ID: 'not yours' },
        }),
      );

      const outcomes = await publisher.publish(messages);

      expect(outcomes.map(({ status }) => status)).toEqual(messages.map(() => 'acknowledged'));
      await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(100), within);
      expect(ids().toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
      for (const [at, message] of messages.entries()) {
        const got = received.find(({ id }) => id === message.id);
        expect({ position: 'direct', ...outcomes[at] }.position).toBe(got?.position);
        expect(got).toMatchObject({ id: message.id, type: message.type, key: message.key });
        expect(JSON.parse(got?.body ?? '')).toEqual(JSON.parse(message.body));
        expect(got?.headers).toMatchObject({
          traceparent: message.headers.traceparent,
          'x-tenant': message.headers['x-tenant'],
          ce_id: message.id,
          ce_subject: message.key,
          ce_time: '2026-11-22T08:09:10.123Z',
          'content-type': 'application/json',
        });
      }
    });

    it('keeps the order of a key over successive calls', async () => {
      const { received, handler } = recorder();
      const { publisher, topic } = await open(handler);

      for (let call = 0; call < 10; call += 1) {
        const batch = ['a', 'b', 'c'].map((key) => outboundMessage(topic, { key, body: `{"n":${call}}` }));
        await publishUntilSettled(publisher, batch);
      }

      await vi.waitFor(() => expect(received).toHaveLength(30), within);
      for (const key of ['a', 'b', 'c']) {
        const numbers = received
          .filter((message) => message.key === key)
          .map(({ body }) => JSON.parse(body).n);
        expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
    });

    it('redelivers a batch after any error of its handler', async () => {
      const { received, handler, ids } = recorder();
      const errors = [new TypeError('a bug'), new SyntaxError('bad JSON'), new Error('the database is down')];
      const { publisher, topic } = await open(async (messages) => {
        const error = errors.shift();
        if (error) throw error;
        return handler(messages);
      });
      const messages = [outboundMessage(topic, { key: 'k' }), outboundMessage(topic, { key: 'k' })];

      await publishUntilSettled(publisher, messages);

      await vi.waitFor(() => expect(ids()).toEqual(messages.map(({ id }) => id)), within);
      expect(errors).toEqual([]);
      expect(received).toHaveLength(2);
    });

    it('rejects the one message of a hundred that is too large and delivers the others', async () => {
      const { handler, ids } = recorder();
      const { publisher, topic } = await open(handler);
      const messages = Array.from({ length: 100 }, () => outboundMessage(topic));
      const large = outboundMessage(topic, { body: JSON.stringify('x'.repeat(2_000_000)) });
      messages[37] = large;

      const outcomes = await publisher.publish(messages);

      expect(outcomes.filter(({ status }) => status === 'acknowledged')).toHaveLength(99);
      expect(outcomes[37]).toMatchObject({
        status: 'rejected',
        reason: expect.stringMatching(/\b2000\d{3} bytes/),
      });
      const others = messages.filter((message) => message !== large).map(({ id }) => id);
      await vi.waitFor(() => expect(new Set(ids())).toEqual(new Set(others)), within);
    });

    it.each([
      ['are null', null],
      ['hold a number', { tenant: 1 }],
      ['hold an object', { tenant: { a: 1 } }],
    ])('sends the other messages if one has headers that %s or an unknown topic', async (_, headers) => {
      const { handler, ids } = recorder();
      const { publisher, topic, refusesOtherTopics } = await open(handler);
      const messages = Array.from({ length: 20 }, () => outboundMessage(topic, { key: 'one' }));
      messages[7] = { ...outboundMessage(topic, { key: 'one' }), headers: headers as never };
      if (refusesOtherTopics) messages[12] = outboundMessage('not-configured', { key: 'one' });

      const outcomes = await publisher.publish(messages);

      const rejected = outcomes.flatMap((outcome, at) => (outcome.status === 'rejected' ? [at] : []));
      expect(rejected).toEqual([7]);
      expect(outcomes[7]).toMatchObject({ reason: expect.stringMatching(/header/) });
      if (refusesOtherTopics) {
        expect(outcomes[12]).toMatchObject({
          status: 'unavailable',
          destinationOnly: true,
          reason: expect.stringMatching(/"not-configured"/),
        });
      }
      const others = messages.filter((_message, at) => at !== 7 && !(refusesOtherTopics && at === 12));
      expect(outcomes.filter(({ status }) => status === 'acknowledged')).toHaveLength(others.length);
      await vi.waitFor(() => expect(ids()).toEqual(others.map(({ id }) => id)), within);
    });

    it('reports the dead letters of a batch and acknowledges the rest', async () => {
      const { handler, ids } = recorder();
      const { publisher, topic, deadLetterReasons } = await open(async (messages) => {
        await handler(messages);
        return messages
          .filter(({ body }) => JSON.parse(body) === 'poison')
          .map((message) => ({ message, reason: `poison: ${message.id}` }));
      });
      const messages = Array.from({ length: 20 }, () => outboundMessage(topic, { key: 'one' }));
      const poison = outboundMessage(topic, { key: 'one', body: '"poison"' });
      messages[7] = poison;

      const outcomes = await publisher.publish(messages);

      await vi.waitFor(() => expect(ids()).toEqual(messages.map(({ id }) => id)), within);
      expect(await deadLetterReasons(outcomes)).toEqual([`poison: ${poison.id}`]);
    });

    it('passes garbage to the handler without an id and continues', async () => {
      const { received, handler, ids } = recorder();
      const { publisher, topic, sendGarbage } = await open(handler);

      await sendGarbage();
      const after = outboundMessage(topic);
      await publishUntilSettled(publisher, [after]);

      await vi.waitFor(() => expect(ids()).toContain(after.id), within);
      const garbage = expect.objectContaining({ id: null, type: null });
      await vi.waitFor(() => expect(received).toContainEqual(garbage), within);
    });

    it('finishes the batch in flight before the receiver closes', async () => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      let entered = false;
      const { received, handler } = recorder();
      const { publisher, topic, closeReceiver } = await open(async (messages) => {
        entered = true;
        await gate;
        return handler(messages);
      });
      const publishing = publisher.publish([outboundMessage(topic)]);
      await vi.waitFor(() => expect(entered).toBe(true), within);

      let closed = false;
      const closing = closeReceiver().then(() => {
        closed = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(closed).toBe(false);
      release();
      await closing;

      expect(received).toHaveLength(1);
      expect(await publishing).toMatchObject([{ status: 'acknowledged' }]);
    });

    it('answers a probe', async () => {
      const { publisher } = await open(recorder().handler);
      await expect(publisher.probe()).resolves.toBeUndefined();
    });

    it('reports nothing for an empty call', async () => {
      const { publisher } = await open(recorder().handler);
      expect(await publisher.publish([])).toEqual([]);
    });
  });
}
