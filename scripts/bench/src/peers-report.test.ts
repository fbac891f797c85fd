import { describe, expect, it } from 'vitest';
import { findBest } from './peers-report.js';
import type { PeerRound } from './run-peer.js';

const round = (name: string, completedPerSecond: number, p50: number): PeerRound => ({
  name,
  acceptedPerSecond: 1,
  completedPerSecond,
  cpuPerThousand: 1,
  backlogPerSecond: 1,
  backlogCpuPerThousand: 1,
  p50,
  p99: 1,
  idleRelay: 0,
});

describe('findBest', () => {
  const rounds = [
    round('a', 10, 5),
    round('b', 30, 9),
    round('a', 50, 7),
    round('b', 31, 9),
    round('a', 12, 6),
  ];

  it('compares medians, so one lucky round does not win', () => {
    expect(findBest(rounds, { figure: 'completedPerSecond', better: 'higher' })).toBe('b');
  });

  it('takes the lowest where less is better', () => {
    expect(findBest(rounds, { figure: 'p50', better: 'lower' })).toBe('a');
  });
});
