import { lint } from '@lmt/api/check';
import { expect, it } from 'vitest';
import { createAsyncApiDocument } from './asyncapi.js';
import { ORDER_EVENTS_TOPICS, orderCancelled, orderPlaced } from './events.js';

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly examples: readonly { readonly payload: unknown }[] }>
    >;
  };
}
const document = createAsyncApiDocument() as Document;

it('is a valid AsyncAPI document', async () => {
  expect(await lint(document)).toEqual([]);
});

it('describes every topic', () => {
  const addresses = Object.values(document.channels).map(({ address }) => address);
  expect(addresses).toEqual(expect.arrayContaining(ORDER_EVENTS_TOPICS.map(({ topic }) => topic)));
});

it('has examples that the consumer accepts', () => {
  const { orderPlaced: placed, orderCancelled: cancelled } = document.components.messages;
  for (const { payload } of placed?.examples ?? []) expect(orderPlaced.parse(payload)).toEqual(payload);
  for (const { payload } of cancelled?.examples ?? []) expect(orderCancelled.parse(payload)).toEqual(payload);
});
