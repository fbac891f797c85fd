// Formats the timelines of messages as text for operators.
import type { TimelineStep, WaitingStage } from '@lmt/contracts/timeline';
import { formatDuration, formatNumber, formatTable, plural, printable } from '@lmt/terminal';
import type { Trace, Traces } from './trace.js';

const PAGE_WIDTH = 120;
const SECONDS_FROM_MS = 10_000;

const WAITING: Readonly<Record<WaitingStage, string>> = {
  relay: 'for a relay to publish it',
  'in-flight': 'for the relay that holds it, until its lease ends',
  consumer: "for the inventory's result",
  result: 'for its stored result to reach the order service',
  operator: 'for an operator to requeue or discard it',
};

/** @param timeZone the machine's, unless given */
export function describeTraces({ items, inventoryMissing }: Traces, timeZone?: string): string {
  const missing =
    inventoryMissing === null ? [] : [`the inventory's side is missing: ${printable(inventoryMissing)}`];
  return [...items.map((trace) => describeTrace(trace, timeZone)), ...missing].join('\n\n');
}

function describeTrace(
  { id, type, key, status, traceId, steps }: Trace,
  timeZone: string | undefined,
): string {
  const format = new Intl.DateTimeFormat('sv', {
    ...(timeZone === undefined ? {} : { timeZone }),
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 },
  });
  const toLocal = (time: string) => format.format(new Date(time)).replace(',', '.');
  const rows = steps.map((step) => {
    const { kind, at, sincePreviousMs, clock } = step;
    const time = at === null ? '' : toLocal(at);
    const since = sincePreviousMs === null ? '' : describeSince(sincePreviousMs);
    return [time, since, clock.replace('database', 'db'), kind.replace('-', ' '), describeDetails(step)];
  });
  const columns = [
    { title: `TIME (${format.resolvedOptions().timeZone})` },
    { title: 'AFTER', align: 'right' },
    { title: 'CLOCK' },
    { title: 'STEP' },
    { title: 'DETAILS' },
  ] as const;
  const note = (row: number) => {
    const step = steps[row];
    return step !== undefined && 'reason' in step ? step.reason : null;
  };
  const heading = [
    `message  ${id}  ${status}`,
    `type     ${type}`,
    `order    ${key}`,
    ...(traceId === null ? [] : [`trace    ${traceId}`]),
  ];
  const table = formatTable(columns, rows, { pageWidth: PAGE_WIDTH, note });
  return `${heading.map(printable).join('\n')}\n${table}`;
}

const describeSince = (ms: number) =>
  ms < SECONDS_FROM_MS ? `+${formatNumber(ms)} ms` : `+${formatDuration(ms / 1_000)}`;

function describeDetails(step: TimelineStep): string {
  switch (step.kind) {
    case 'claimed':
      return `attempt ${step.attempt}`;
    case 'published':
      return [
        `attempt ${step.attempt}`,
        ...(step.position === null ? [] : [step.position]),
        ...(step.earlierCopyLost ? ['Kafka has lost the earlier copy'] : []),
      ].join(', ');
    case 'unrecorded':
      return 'inventory has a record with this id, which no recorded publication wrote';
    case 'deadline':
      return `no result for ${formatDuration(step.sincePublishedMs / 1_000)}`;
    case 'gap':
      return `at least ${plural(step.missing, 'older step')}, no longer in the history`;
    case 'processed':
    case 'late-result':
      return step.outcome ?? '';
    case 'movement':
      return `${step.sku} ${step.delta > 0 ? '+' : ''}${step.delta}`;
    case 'requeued':
    case 'discarded':
    case 'sent-now':
      return `by ${step.by}`;
    case 'waiting':
      return WAITING[step.stage];
    case 'next-retry':
      return `attempt ${step.attempt}${step.at === null ? ', due now' : ''}`;
    default:
      return '';
  }
}
