import { describe, expect, it } from 'vitest';
import { describeFault, type Parts, planFaults } from './schedule.js';

const parts: Parts = {
  brokers: ['kafka'],
  services: ['order', 'order-2', 'relay', 'relay-2', 'inventory', 'inventory-2'],
  links: ['client->order', 'relay->kafka', 'inventory->order', 'order->postgres'],
  failPoints: { order: ['post.afterCommit'], relay: ['relay.afterClaim'], inventory: ['inventory.midTx'] },
};

describe('planFaults', () => {
  it('plans the same faults for the same seed, and others for another seed', () => {
    expect(planFaults(7, 60, parts)).toEqual(planFaults(7, 60, parts));
    expect(planFaults(7, 60, parts)).not.toEqual(planFaults(8, 60, parts));
  });

  it('plans about one fault per interval', () => {
    const count = (every: number) => planFaults(7, 3_600, parts, every).length;
    expect(count(20)).toBeGreaterThan(150);
    expect(count(20)).toBeLessThan(230);
    expect(count(100)).toBeLessThan(50);
  });

  it('ends every fault within the time and never plans two at once for a target', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const planned = planFaults(seed, 30, parts);
      expect(planned.length).toBeGreaterThan(3);
      for (const [index, { at, lasts, target }] of planned.entries()) {
        expect(at + lasts).toBeLessThanOrEqual(30.1);
        const next = planned.slice(index + 1).find((fault) => fault.target === target);
        if (next) expect(next.at).toBeGreaterThan(at + lasts);
      }
    }
  });

  it('plans every kind of fault, but with direct HTTP none that needs Kafka', () => {
    const planKinds = (given: Parts) => new Set(planFaults(1, 3_600, given).map(({ kind }) => kind));
    expect(planKinds(parts).size).toBe(19);
    const cluster = planKinds({ ...parts, brokers: ['kafka', 'kafka-2', 'kafka-3'] });
    expect([cluster.has('leaderless'), cluster.has('wipe')]).toEqual([true, false]);
    const direct = planFaults(1, 3_600, { ...parts, brokers: [] });
    expect(
      direct.filter(
        ({ kind, target }) =>
          ['wipe', 'repeat', 'poison', 'foreign', 'wrong-clock'].includes(kind) || target === 'kafka',
      ),
    ).toEqual([]);
  });

  it('describes a fault in one line', () => {
    expect(describeFault({ at: 3, kind: 'kill', target: 'relay', lasts: 2.25 })).toBe(
      '   3.0 s  kill relay for 2.3 s',
    );
    expect(describeFault({ at: 12.34, kind: 'repeat', target: 'topic', lasts: 0 })).toBe(
      '  12.3 s  repeat topic',
    );
  });
});
