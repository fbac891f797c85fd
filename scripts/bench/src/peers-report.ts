// Formats the comparison with other outboxes as Markdown.
import { cpu, markdownTable, milliseconds, percent, spread, whole } from './format.js';
import { FOUR_STATEMENTS, ONE_STATEMENT } from './orders.js';
import { PROJECT } from './peer-list.js';
import type { PeerResults } from './peers.js';
import { toSpread } from './percentiles.js';
import { formatMachine } from './report.js';
import type { PeerRound } from './run-peer.js';

type Figure = Exclude<keyof PeerRound, 'name'>;

interface Measure {
  readonly title: string;
  readonly figure: Figure;
  readonly format: (value: number) => string;
  readonly better: 'higher' | 'lower';
}

const ms = (value: number) => `${milliseconds(value)} ms`;

const MEASURES: readonly Measure[] = [
  { title: 'accepted/s', figure: 'acceptedPerSecond', format: whole, better: 'higher' },
  { title: 'completed/s', figure: 'completedPerSecond', format: whole, better: 'higher' },
  { title: 'CPU per 1,000 completed', figure: 'cpuPerThousand', format: cpu, better: 'lower' },
  { title: 'backlog to Kafka, messages/s', figure: 'backlogPerSecond', format: whole, better: 'higher' },
  { title: 'CPU per 1,000 of these', figure: 'backlogCpuPerThousand', format: cpu, better: 'lower' },
  { title: 'POST to COMPLETED, p50', figure: 'p50', format: ms, better: 'lower' },
  { title: 'p99', figure: 'p99', format: ms, better: 'lower' },
  { title: 'idle relay, of a core', figure: 'idleRelay', format: percent, better: 'lower' },
];

const median = (rounds: readonly PeerRound[], name: string, figure: Figure) =>
  toSpread(rounds.filter((round) => round.name === name).map((round) => round[figure])).median;

/** Returns the contender with the best median. */
export function findBest(
  rounds: readonly PeerRound[],
  { figure, better }: Pick<Measure, 'figure' | 'better'>,
) {
  const names = [...new Set(rounds.map(({ name }) => name))];
  const sign = better === 'higher' ? -1 : 1;
  const [best = ''] = names.toSorted(
    (a, b) => sign * (median(rounds, a, figure) - median(rounds, b, figure)),
  );
  return best;
}

function formatContenders({ rounds }: PeerResults) {
  const names = [...new Set(rounds.map(({ name }) => name))];
  const best = new Map(MEASURES.map((measure) => [measure.figure, findBest(rounds, measure)]));
  const columns = MEASURES.map(({ title, figure, format }) => [
    title,
    (name: string) => {
      const own = rounds.filter((round) => round.name === name);
      const text = spread(toSpread(own.map((round) => round[figure])), format);
      return best.get(figure) === name ? `**${text}**` : text;
    },
  ]);
  return markdownTable(names, { '': (name: string) => name, ...Object.fromEntries(columns) });
}

/** Names the first contender and, where a peer is first, this project's figure. */
function formatWinners({ rounds }: PeerResults) {
  const sentences = MEASURES.map((measure) => {
    const { title, figure, format } = measure;
    const best = findBest(rounds, measure);
    const of = (name: string) => format(median(rounds, name, figure));
    return best === PROJECT
      ? `- ${title}: this project is first.`
      : `- ${title}: ${best} is first with ${of(best)}; this project has ${of(PROJECT)}.`;
  });
  return `First in each column (median):\n\n${sentences.join('\n')}`;
}

function formatLimits({ limits }: PeerResults) {
  const rates = (name: string) => limits.flatMap(({ sql }) => sql?.[name] ?? []);
  const rows = [
    { name: 'pgbench, 4 statements, 32 clients', rate: toSpread(rates(FOUR_STATEMENTS)), cost: null },
    { name: 'pgbench, 1 statement, 32 clients', rate: toSpread(rates(ONE_STATEMENT)), cost: null },
    {
      name: 'sendBatch of 500, the released kafkajs, records of this project',
      rate: toSpread(limits.map(({ raw }) => raw.perSecond)),
      cost: toSpread(limits.map(({ raw }) => raw.cpuPerThousand)),
    },
  ];
  const table = markdownTable(rows, {
    limit: ({ name }) => name,
    'per second': ({ rate }) => (Number.isNaN(rate.median) ? 'not measured' : spread(rate, whole)),
    'CPU per 1,000': ({ cost }) => (cost ? spread(cost, cpu) : ''),
  });
  return `The limits, measured before each round:\n\n${table}`;
}

const NOT_COMPARABLE = `Not comparable:

- The peers do less. None stores a result, republishes a message whose result is missing, or fences a relay that was paused.
- Their order service is bare node:http without validation, logs, metrics, idempotency keys or traces. It writes order, item and message in one transaction of its own (4 statements and COMMIT).
- Their consumer has two forms. By message: one transaction and one callback for each message, six partitions at a time. By batch: the stock of a whole batch in one statement, and one callback. Both ignore repeated ids, but take no lock, reject no order and keep no reservation. Orders and stock are in one database.
- Their messages have 74 bytes and no headers. The project's have 154 bytes and eight headers.
- A peer's process starts anew in each round and warms up for a few seconds. The project's services run all the time and are idle while a peer runs.
- A peer's backlog is timed from the continuation of its relay, the project's from its first claim.
- Postgres has wal_level=logical for all, because Debezium needs it.
- Debezium keeps no mark: its backlog ends when Kafka has it, the others' when all rows are marked. Postgres decodes the log while the backlog is written, and part of that is before the measurement. Its rows have no retries, no dead letters and no results, and the position in the log is saved once a minute. Its messages have one header. Its relay is a Java process.`;

export function formatPeers(results: PeerResults): string {
  const { sizes, peers, seconds } = results;
  const used = peers
    .map(({ name, consumption, notes }) => `- ${name}: ${notes} Its consumer works by ${consumption}.`)
    .join('\n');
  const header = `${formatMachine(results)}
${sizes.rounds > 1 ? `Median (lowest-highest) of ${sizes.rounds} rounds in alternating order` : 'One round'}, ${whole(seconds)} s. The whole way at ${sizes.connections} connections for ${sizes.wholeWay} s, latency at ${sizes.rate} orders/s. CPU without Kafka and the load generator. The best median of a column is bold.`;
  return `\n${[
    header,
    formatContenders(results),
    formatWinners(results),
    formatLimits(results),
    `How each is used:\n\n${used}`,
    NOT_COMPARABLE,
  ].join('\n\n')}`;
}
