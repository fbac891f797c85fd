// Which faults come when: decided before anything runs, by the seed alone.
import { createRandom } from './random.js';

/**
 * What a fault does, to what, for how long.
 * - `kill`: SIGKILL, and started again afterwards.
 * - `freeze`: SIGSTOP, and SIGCONT afterwards; longer than a lease.
 * - `restart`: SIGTERM, and started again when it has ended.
 * - `fail-point`: restarted so that it kills itself at a line of its code.
 * - `wipe`: killed, its data gone, and started again afterwards.
 * - `cut`, `delay`, `stall`, `cut-replies`: of a link, see tcp-proxy.mjs.
 * - `repeat`: records of the topic are written to it again, some in reverse order.
 * - `poison`: broken copies of the last orders' messages, which come first, and some that nobody can be told of.
 * - `lock`: a transaction that somebody has forgotten holds the rows of the last orders.
 */
export type FaultKind =
  | 'kill'
  | 'freeze'
  | 'restart'
  | 'fail-point'
  | 'wipe'
  | 'cut'
  | 'delay'
  | 'stall'
  | 'cut-replies'
  | 'repeat'
  | 'poison'
  | 'lock';
export interface PlannedFault {
  /** seconds after the start */
  at: number;
  kind: FaultKind;
  target: string;
  /** seconds; 0 for what is over at once */
  lasts: number;
  /** of a fail-point: which, and at which hit */
  detail?: string;
}
/** what there is to break */
export interface Parts {
  broker: 'kafka' | 'direct';
  /** instances */
  services: readonly string[];
  links: readonly string[];
  /** by service */
  failPoints: Readonly<Record<string, readonly string[]>>;
}

const weights = {
  kill: 6,
  freeze: 3,
  restart: 3,
  'fail-point': 6,
  wipe: 1,
  cut: 3,
  delay: 2,
  stall: 2,
  'cut-replies': 2,
  repeat: 3,
  poison: 3,
  lock: 2,
};
const longestLeadIn = 3;
// Under the fixture's settings a lease lasts 3 s.
const freezes = { short: 1, long: 8 };

const tenths = (seconds: number) => Math.round(seconds * 10) / 10;

/**
 * A target has one fault at a time; several targets may have theirs at once. All is over when the time is.
 *
 * @param options seconds from the beginning of one to that of the next, on average
 * @returns by time
 */
export function planFaults(
  seed: number,
  seconds: number,
  parts: Parts,
  { every = 2 }: { every?: number } = {},
): PlannedFault[] {
  const random = createRandom(seed);
  const datastores = parts.broker === 'kafka' ? ['postgres', 'kafka'] : ['postgres'];
  const busyUntil: Map<string, number> = new Map();
  const planned: PlannedFault[] = [];

  function draw(kind: FaultKind): { target: string; lasts: number; detail?: string } | null {
    switch (kind) {
      case 'kill':
        return {
          target: random.pick([...parts.services, ...parts.services, ...datastores]),
          lasts: random.between(0.2, 4),
        };
      case 'freeze':
        return {
          target: random.pick([...parts.services, ...parts.services, ...datastores]),
          lasts: random.between(freezes.short, freezes.long),
        };
      case 'restart':
        return { target: random.pick(parts.services), lasts: random.between(0.2, 2) };
      case 'fail-point': {
        const target = random.pick(parts.services);
        const points = parts.failPoints[target.replace(/-\d+$/, '')] ?? [];
        return {
          target,
          // It has to come up first, and an inventory to wait for its group.
          lasts: random.between(8, 15),
          detail: `${random.pick(points)}=kill@${random.whole(1, 3)}`,
        };
      }
      case 'wipe':
        return parts.broker === 'kafka' ? { target: 'kafka', lasts: random.between(0.2, 2) } : null;
      case 'lock':
        return { target: 'last orders', lasts: random.between(2, 6) };
      case 'poison':
        return parts.broker === 'kafka' ? { target: 'topic', lasts: random.between(0.5, 1.5) } : null;
      case 'repeat':
        return parts.broker === 'kafka' ? { target: 'topic', lasts: 0 } : null;
      default:
        return { target: random.pick(parts.links), lasts: random.between(0.5, 6) };
    }
  }

  for (
    let at = random.between(1, longestLeadIn);
    at < seconds - 1;
    at += every * random.between(0.15, 1.75)
  ) {
    const kind = random.weighted(weights);
    const drawn = draw(kind);
    if (!drawn || (busyUntil.get(drawn.target) ?? 0) > at) continue;
    const lasts = Math.min(drawn.lasts, seconds - at);
    busyUntil.set(drawn.target, at + lasts + 1);
    planned.push({ ...drawn, at: tenths(at), kind, lasts: tenths(lasts) });
  }
  return planned;
}

export function describeFault({ at, kind, target, lasts, detail }: PlannedFault) {
  const what = detail ? `${kind} ${target} ${detail}` : `${kind} ${target}`;
  return `${at.toFixed(1).padStart(6)} s  ${what}${lasts > 0 ? ` for ${lasts.toFixed(1)} s` : ''}`;
}
