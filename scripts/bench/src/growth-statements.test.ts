import { expect, it } from 'vitest';
import { toPoints } from './growth-statements.js';

it('adds up the statements of each name, per message', () => {
  const cost = (query: string, database: string, buffers: number) => ({
    query,
    database,
    calls: 2,
    milliseconds: 1,
    buffers,
    walBytes: 100,
  });
  const points = toPoints(
    [
      cost('WITH nearest_new AS MATERIALIZED (', 'lmt_order', 40),
      cost('INSERT INTO inbox_messages (id)', 'lmt_inventory', 10),
      cost('UPDATE stock_items', 'lmt_inventory', 20),
      cost('SELECT 1', 'lmt_order', 1),
    ],
    5,
    10,
  );
  const buffers = Object.fromEntries(points.map((point) => [point.statement, point.buffersPerMessage]));
  expect(buffers).toEqual({ place: 0, claim: 4, mark: 0, complete: 0, record: 1, consume: 3 });
  expect(points.find(({ statement }) => statement === 'claim')).toEqual({
    rows: 5,
    statement: 'claim',
    callsPerThousand: 200,
    buffersPerMessage: 4,
    usPerMessage: 100,
    walPerMessage: 10,
  });
});
