// Plans the faults of a run before anything is started. All random choices come from the seed.
import { createRandom, type Random } from './random.js';

/** The parts of a stack that can fail. */
export interface Parts {
  /** Names of Kafka's brokers. None with direct HTTP. */
  readonly brokers: readonly string[];
  /** Instances of the services. */
  readonly services: readonly string[];
  readonly links: readonly string[];
  /** Names of the fail-points by service. */
  readonly failPoints: Readonly<Record<string, readonly string[]>>;
}

interface Fault {
  readonly target: string;
  /** Duration in seconds, or 0 for an instantaneous fault. */
  readonly lasts: number;
  /** The fail-point, and which of its hits kills the process. */
  readonly failPoint?: string;
  readonly codec?: string;
}

interface Kind {
  /** Relative frequency of the kind. */
  readonly weight: number;
  readonly draw: (random: Random) => Fault;
}

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'];
const LONGEST_LEAD_IN_SECONDS = 3;
const DATABASES = ['order', 'inventory'].map((name) => `${name} database`);
const LOGINS = ['lmt_order_service', 'lmt_relay', 'lmt_inventory_service'];

function createKinds({ brokers, services, links, failPoints }: Parts) {
  const datastores = ['postgres', ...brokers];
  const processes = [...services, ...services, ...datastores];
  /** Direct HTTP has no topic. */
  const withKafka = (weight: number) => (brokers.length === 0 ? 0 : weight);
  const relays = services.filter((name) => name.startsWith('relay'));
  const clients = links.filter((name) => name.startsWith('client->'));
  /** Draws one of the targets and a duration in seconds. */
  const drawFrom = (targets: readonly string[], shortest: number, longest: number) => (random: Random) => ({
    target: random.pick(targets),
    lasts: random.between(shortest, longest),
  });

  return {
    /** Kills the process with SIGKILL and starts it again. */
    kill: { weight: 6, draw: drawFrom(processes, 0.2, 4) },
    /** Sends SIGSTOP, then SIGCONT. Leases last 3 s in a chaos run, so many expire meanwhile. */
    freeze: { weight: 3, draw: drawFrom(processes, 1, 8) },
    /** Stops the service with SIGTERM and starts it again. */
    restart: { weight: 3, draw: drawFrom(services, 0.2, 2) },
    /** Restarts the service so that it kills itself at a fail-point. */
    'fail-point': {
      weight: 6,
      draw(random) {
        const target = random.pick(services);
        const points = failPoints[target.replace(/-\d+$/, '')] ?? [];
        // Long enough for the service to start, and for an inventory to join its consumer group.
        const lasts = random.between(8, 15);
        return { target, lasts, failPoint: `${random.pick(points)}=kill@${random.whole(1, 3)}` };
      },
    },
    /** Kills Kafka, deletes its data and starts it again. */
    wipe: { weight: brokers.length === 1 ? 1 : 0, draw: drawFrom(['kafka'], 0.2, 2) },
    /** Kills a broker until its partitions, which have one replica, have no leader. */
    leaderless: { weight: brokers.length > 1 ? 6 : 0, draw: drawFrom(brokers.slice(1), 8, 14) },
    // tcp-proxy.ts describes the faults of a connection.
    cut: { weight: 3, draw: drawFrom(links, 0.5, 6) },
    delay: { weight: 2, draw: drawFrom(links, 0.5, 6) },
    stall: { weight: 2, draw: drawFrom(links, 0.5, 6) },
    'cut-replies': { weight: 2, draw: drawFrom(links, 0.5, 6) },
    /** Writes the last records of the topic again, twice, the second time in reverse order. */
    repeat: { weight: withKafka(3), draw: () => ({ target: 'topic', lasts: 0 }) },
    /** Writes broken copies ahead of their messages, and records without an id. */
    poison: { weight: withKafka(3), draw: drawFrom(['topic'], 0.5, 1.5) },
    /** Writes foreign records, then makes the broker compress every record. */
    foreign: {
      weight: withKafka(3),
      draw: (random) => ({ ...drawFrom(['topic'], 2, 6)(random), codec: random.pick(CODECS) }),
    },
    /** Locks the rows of the last orders, as a forgotten transaction would. */
    lock: { weight: 2, draw: drawFrom(['last orders'], 2, 6) },
    /** Locks an SKU that most orders contain, and the reservations of the last orders. */
    'lock-stock': { weight: 2, draw: drawFrom(['stock'], 2, 8) },
    /** Changes the type of a column under load, and changes it back. */
    'alter-type': { weight: 2, draw: drawFrom(['schema'], 0.5, 4) },
    /**
     * Makes a database read-only and ends its sessions. The repair does not end sessions.
     */
    'read-only': { weight: 2, draw: drawFrom(DATABASES, 1, 6) },
    /** Changes the password of a service and ends its sessions. */
    'refused-login': { weight: 2, draw: drawFrom(LOGINS, 1, 6) },
    /** Sends thousands of requests on one connection without reading an answer. */
    pipeline: { weight: 2, draw: drawFrom(clients, 1, 4) },
    /** Restarts a relay with a clock that is two hours ahead. */
    'wrong-clock': { weight: withKafka(2), draw: drawFrom(relays, 2, 6) },
  } as const satisfies Record<string, Kind>;
}

type FaultKind = keyof ReturnType<typeof createKinds>;

export interface PlannedFault extends Fault {
  readonly kind: FaultKind;
  /** Seconds after the start of the run. */
  readonly at: number;
}

const tenths = (seconds: number) => Math.round(seconds * 10) / 10;

/**
 * Plans at most one fault at a time for each target. Faults of different targets may overlap. Every
 * fault ends within `seconds`.
 *
 * @param every average seconds from the start of one fault to the start of the next
 */
export function planFaults(seed: number, seconds: number, parts: Parts, every = 2): PlannedFault[] {
  const random = createRandom(seed);
  const kinds = Object.entries(createKinds(parts)) as [FaultKind, Kind][];
  const weighted = kinds.flatMap(([kind, { weight, draw }]) =>
    Array.from({ length: weight }, () => ({ kind, draw })),
  );
  const busyUntil = new Map<string, number>();
  const planned: PlannedFault[] = [];
  let at = random.between(1, LONGEST_LEAD_IN_SECONDS);
  for (; at < seconds - 1; at += every * random.between(0.15, 1.75)) {
    const { kind, draw } = random.pick(weighted);
    const fault = draw(random);
    if ((busyUntil.get(fault.target) ?? 0) > at) continue;
    const lasts = Math.min(fault.lasts, seconds - at);
    busyUntil.set(fault.target, at + lasts + 1);
    planned.push({ ...fault, kind, at: tenths(at), lasts: tenths(lasts) });
  }
  return planned;
}

export function describeFault({ at, kind, target, lasts, failPoint, codec }: PlannedFault): string {
  const fault = [kind, target, failPoint ?? codec ?? []].flat().join(' ');
  return `${at.toFixed(1).padStart(6)} s  ${fault}${lasts > 0 ? ` for ${lasts.toFixed(1)} s` : ''}`;
}
