import { expect, it } from 'vitest';
import { type BatchDescription, type Traced, traceBatch } from './trace-batch.js';
import type { BatchMember, SpanEnd, SpanStart, Tracing } from './tracing.js';

const traceparent = (digit: string, flags = '01') => `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;

interface Item extends Traced {
  readonly id: string;
}

/** Records each batch. The span of member n has the trace context of the digit n + 1. */
function recordBatches() {
  const batches: { start: SpanStart; members: readonly BatchMember[]; ends: SpanEnd[] }[] = [];
  const tracing: Pick<Tracing, 'startBatch'> = {
    startBatch: (start, members) => ({
      traceparents: members.map((_, index) => traceparent(String(index + 1))),
      end(end = {}, of = () => ({})) {
        batches.push({ start, members, ends: members.map((_, index) => ({ ...end, ...of(index) })) });
      },
    }),
  };
  return { batches, tracing: tracing as Tracing };
}

const span: BatchDescription<Item, readonly string[]> = {
  describeBatch: ({ length }) => ({ name: 'send', kind: 'client', attributes: { length } }),
  describeItem: ({ id }) => ({ id }),
  describeResult: (results) => (index) => ({ attributes: { result: results[index] ?? '' } }),
};
const echo = async (items: readonly Item[]) => items.map(({ id }) => `did ${id}`);

it('records the items whose traces are recorded, each with its own result', async () => {
  const { batches, tracing } = recordBatches();
  const items = [
    { id: 'a', traceparent: traceparent('a', '00') },
    { id: 'b', traceparent: traceparent('b') },
    { id: 'c' },
    { id: 'd', traceparent: traceparent('d') },
  ];
  const seen: Item[] = [];
  const results = await traceBatch(tracing, items, span, async (traced) => {
    seen.push(...traced);
    return await echo(traced);
  });
  expect(results).toEqual(['did a', 'did b', 'did c', 'did d']);
  expect(batches).toEqual([
    {
      start: { name: 'send', kind: 'client', attributes: { length: 4 } },
      members: [
        { parent: traceparent('b'), attributes: { id: 'b' } },
        { parent: traceparent('d'), attributes: { id: 'd' } },
      ],
      ends: [{ attributes: { result: 'did b' } }, { attributes: { result: 'did d' } }],
    },
  ]);
  expect(seen).toEqual([
    items[0],
    { id: 'b', traceparent: traceparent('1') },
    items[2],
    { id: 'd', traceparent: traceparent('2') },
  ]);
  expect([seen[0] === items[0], seen[2] === items[2]]).toEqual([true, true]);
});

it('passes on the same batch, undescribed, if none of its traces is recorded, or without tracing', async () => {
  const { batches, tracing } = recordBatches();
  const items = [{ id: 'a', traceparent: traceparent('a', '00') }, { id: 'b' }];
  const undescribed: typeof span = {
    describeBatch: () => expect.fail('described the batch'),
    describeItem: () => expect.fail('described an item'),
    describeResult: () => expect.fail('described the results'),
  };
  const passedOn: unknown[] = [];
  for (const given of [tracing, null])
    await traceBatch(given, items, undescribed, async (passed) => {
      passedOn.push(passed);
      return await echo(passed);
    });
  expect(passedOn.map((passed) => passed === items)).toEqual([true, true]);
  expect(batches).toEqual([]);
});

it('ends the spans with the reason of a failure, and rejects with the same error', async () => {
  const { batches, tracing } = recordBatches();
  const error = new Error('deadlock detected');
  const items = [{ id: 'b', traceparent: traceparent('b') }];
  await expect(traceBatch(tracing, items, span, () => Promise.reject(error))).rejects.toBe(error);
  expect(batches[0]?.ends).toEqual([{ error: 'deadlock detected' }]);
});
