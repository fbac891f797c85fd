import { expect, it } from 'vitest';
import { receiveDirectBatch } from './receive-direct-batch.js';

const accept = async () => [];
const event = (id: string) => ({ specversion: '1.0', id, source: '/s', type: 't', data: {} });

it('answers each event in order, with the reason for each rejection', async () => {
  const answer = await receiveDirectBatch([event('1'), { no: 'id' }, event('3')], async (messages) =>
    messages.filter(({ id }) => id === null).map((message) => ({ message, reason: 'no id' })),
  );

  expect(answer).toEqual({
    status: 200,
    body: {
      results: [
        { id: '1', status: 'accepted' },
        { id: null, status: 'rejected', reason: 'no id' },
        { id: '3', status: 'accepted' },
      ],
    },
  });
});

it('acknowledges no message of a batch whose handler fails', async () => {
  const answer = await receiveDirectBatch([event('1')], async () => {
    throw new TypeError('secret detail');
  });
  expect(answer).toMatchObject({ status: 503 });
  expect(JSON.stringify(answer)).not.toContain('secret');
});

it.each([[null], [{}], ['[]'], [undefined], [7]])('answers 400 to %j, which is not a batch', async (body) => {
  expect(await receiveDirectBatch(body, accept)).toMatchObject({ status: 400 });
});

it('answers 413 to too many events, so that the sender splits them', async () => {
  expect(await receiveDirectBatch(Array(1001).fill(event('1')), accept)).toMatchObject({ status: 413 });
});

it('answers an empty batch, which is a probe, without calling the handler', async () => {
  const answer = await receiveDirectBatch([], async () => {
    throw new Error('not for a probe');
  });
  expect(answer).toEqual({ status: 200, body: { results: [] } });
});
