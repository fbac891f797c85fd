import { describe, expect, it } from 'vitest';
import { summariseProfile, toModule } from './cpu-profile.js';

describe('toModule', () => {
  it.each([
    ['query', 'file:///x/node_modules/.pnpm/pg@8.23.1/node_modules/pg/lib/client.js', 'pg'],
    ['run', 'file:///x/node_modules/.pnpm/a@1/node_modules/@prisma/client/index.js', '@prisma/client'],
    ['claim', 'file:///x/packages/outbox/dist/claim-batch.js', '@lmt/outbox'],
    ['read', 'file:///x/prisma/order/dist/client.js', '@lmt/prisma-order'],
    ['emit', 'node:events', 'Node'],
    ['writev', '', 'native writev'],
    ['(garbage collector)', '', 'garbage collection'],
    ['main', 'file:///x/elsewhere.js', 'other'],
  ])('finds the module of %s in %s', (functionName, url, expected) => {
    expect(toModule({ functionName, url })).toBe(expected);
  });
});

describe('summariseProfile', () => {
  it('shares the busy time and ignores the idle time', () => {
    const node = (id: number, functionName: string, url: string) => ({
      id,
      callFrame: { functionName, url },
    });
    const nodes = [
      node(1, '(idle)', ''),
      node(2, 'emit', 'node:events'),
      node(3, 'run', 'file:///services/order/dist/a.js'),
    ];
    const summary = summariseProfile({ nodes, samples: [1, 2, 3, 3], timeDeltas: [900, 25, 50, 25] });
    expect(summary).toEqual([
      { module: '@lmt/order', share: 0.75 },
      { module: 'Node', share: 0.25 },
    ]);
  });
});
