import { expect, it } from 'vitest';
import { createPublisher } from './create-publisher.js';
import { outboundMessage } from './port.fixture.js';
import type { PublishOutcome } from './port.js';

const rejected: PublishOutcome = { status: 'rejected', reason: '30000 bytes: MESSAGE_TOO_LARGE' };
const acknowledged: PublishOutcome = { status: 'acknowledged' };

function start() {
  const receiver = { outcome: rejected };
  const publisher = createPublisher<string>({
    topics: null,
    timeoutMs: 1_000,
    encode({ id, body }) {
      if (body === 'broken') throw new Error('not JSON');
      return id;
    },
    send: async (encoded) => encoded.map((id) => (id === 'good' ? acknowledged : receiver.outcome)),
    probe: async () => {},
    disconnect() {},
  });
  const statuses = async (...messages: Parameters<typeof publisher.publish>[0]) =>
    (await publisher.publish(messages)).map(({ status }) => status);
  return { publisher, receiver, statuses };
}
const message = (id?: string) => outboundMessage('t', id === undefined ? {} : { id });

it('lowered-limit: reports more than five rejections in a row, over several calls, as unavailable', async () => {
  const { publisher, receiver, statuses } = start();
  expect(await statuses(message(), message(), message())).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await statuses(message(), message())).toEqual(['rejected', 'rejected']);
  expect(await publisher.publish([message()])).toEqual([
    {
      status: 'unavailable',
      destinationOnly: true,
      reason:
        'too many rejections in a row, so the messages are not at fault: 30000 bytes: MESSAGE_TOO_LARGE',
    },
  ]);
  expect(await statuses(message())).toEqual(['unavailable']);
  receiver.outcome = acknowledged;
  expect(await statuses(message())).toEqual(['acknowledged']);
  receiver.outcome = rejected;
  expect(await statuses(message())).toEqual(['rejected']);
});

it('lowered-limit: trusts any number of rejections in a call with an acknowledged message', async () => {
  const { statuses } = start();
  const outcomes = await statuses(...Array.from({ length: 20 }, () => message()), message('good'));
  expect(outcomes).toEqual([...Array(20).fill('rejected'), 'acknowledged']);
});

it('lowered-limit: does not count messages that cannot be written as an event', async () => {
  const { statuses } = start();
  const broken = Array.from({ length: 20 }, () => outboundMessage('t', { body: 'broken' }));
  expect(await statuses(...broken)).toEqual(broken.map(() => 'rejected'));
  expect(await statuses(message())).toEqual(['rejected']);
});
