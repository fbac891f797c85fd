import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.js';
import { createRandom } from './random.js';
import type { Parts } from './schedule.js';
import { describeFault, planFaults } from './schedule.js';

const parts: Parts = {
  broker: 'kafka',
  services: ['order', 'order-2', 'relay', 'relay-2', 'inventory', 'inventory-2'],
  links: ['relay->kafka', 'inventory->order', 'order->postgres'],
  failPoints: { order: ['post.afterCommit'], relay: ['relay.afterClaim'], inventory: ['inventory.midTx'] },
};

describe('the schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(7, 60, parts)).toEqual(planFaults(7, 60, parts));
    expect(planFaults(7, 60, parts)).not.toEqual(planFaults(8, 60, parts));
  });

  it('has as many faults as were asked for, about', () => {
    const count = (every: number) => planFaults(7, 3_600, parts, { every }).length;
    expect(count(20)).toBeGreaterThan(150);
    expect(count(20)).toBeLessThan(230);
    expect(count(100)).toBeLessThan(50);
  });

  it('has the whole of each fault within its time, and one at a time of each target', () => {
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

  it('has every kind of fault, and without Kafka none of Kafka', () => {
    const kindsOf = (given: Parts) => new Set(planFaults(1, 3_600, given).map(({ kind }) => kind));
    expect(kindsOf(parts).size).toBe(12);
    const direct = planFaults(1, 3_600, { ...parts, broker: 'direct' });
    expect(
      direct.filter(({ kind, target }) => ['wipe', 'repeat', 'poison'].includes(kind) || target === 'kafka'),
    ).toEqual([]);
  });

  it('is described by one line a fault', () => {
    expect(describeFault({ at: 3, kind: 'kill', target: 'relay', lasts: 2.25 })).toBe(
      '   3.0 s  kill relay for 2.3 s',
    );
    expect(describeFault({ at: 12.34, kind: 'repeat', target: 'topic', lasts: 0 })).toBe(
      '  12.3 s  repeat topic',
    );
  });
});

it('draws numbers that are spread evenly', () => {
  const random = createRandom(42);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 4_000; draw += 1) {
    const index = random.whole(0, 3);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
});

describe('the arguments', () => {
  const read = (...args: string[]) => readArguments(args, () => 0.5);

  it('have defaults, and a random seed', () => {
    expect(read()).toEqual({ seconds: 60, seed: 500_000, every: 2, broker: undefined, keep: false });
    expect(read('--seconds', '120', '--seed', '7', '--every', '20', '--broker', 'direct', '--keep')).toEqual({
      seconds: 120,
      seed: 7,
      every: 20,
      broker: 'direct',
      keep: true,
    });
  });

  it.each([
    [['--seconds', '0'], '--seconds 0: expected a whole number from 5 to 3600'],
    [['--seconds', '1e3'], '--seconds 1e3: expected a whole number from 5 to 3600'],
    [['--seed=-1'], '--seed -1: expected a whole number from 0 to 4294967295'],
    [['--every', '0'], '--every 0: expected a whole number from 1 to 600'],
    [['--seed', '1.5'], '--seed 1.5: expected a whole number from 0 to 4294967295'],
    [['--broker', 'rabbit'], '--broker rabbit: expected kafka or direct'],
    [
      ['--speed', '9'],
      "Unknown option '--speed': expected --seconds, --seed, --every, --broker, --keep or --help",
    ],
    [['fast'], "Unexpected argument 'fast': expected --seconds, --seed, --every, --broker, --keep or --help"],
  ])('%j are refused in one line', (args, message) => {
    expect(() => read(...args)).toThrow(message);
    expect(message).not.toContain('\n');
  });
});
