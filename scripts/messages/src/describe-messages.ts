// Formats messages as text for operators.
import type {
  MessageDetailView,
  MessageStatsView,
  MessagesInBulkResponse,
  MessagesPage,
  OperatorActionView,
  Page,
} from '@lmt/contracts';
import {
  type Column,
  formatDuration,
  formatNumber,
  formatTable,
  plural,
  printable,
  printableJson,
} from '@lmt/terminal';

export type DeadLetter = MessagesInBulkResponse['items'][number];

const PAGE_WIDTH = 120;
const LABEL_WIDTH = 12;
const SHOWN_DEAD_LETTERS = 20;

const ageOn = (time: string, now: number) => formatDuration((now - Date.parse(time)) / 1_000);

const LIST_COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATUS' },
  { title: 'AGE', align: 'right' },
  { title: 'SENT', align: 'right' },
  { title: 'TYPE', maxWidth: 18 },
  { title: 'KEY' },
];

export function describeList({ items, nextCursor, complete, scannedTo }: MessagesPage, now: number): string {
  const searched =
    complete || scannedTo === null
      ? ''
      : `searched only messages written since ${scannedTo} (${ageOn(scannedTo, now)} ago); --all searches all, --before ${scannedTo} the older ones`;
  if (items.length === 0) return searched ? `no message matches so far: ${searched}` : 'no message matches';
  const rows = items.map((message) => {
    const { id, status, createdAt, attempts, type, key } = message;
    return [id, status, ageOn(createdAt, now), String(attempts), type, key];
  });
  const table = formatTable(LIST_COLUMNS, rows, {
    pageWidth: PAGE_WIDTH,
    note: (row) => items[row]?.lastError,
  });
  const more = nextCursor === null || searched ? '' : ', the newest; --all lists all, --limit N the newest N';
  return `${table}\n${plural(items.length, 'message')}${more}${searched && `; ${searched}`}`;
}

export function describeActions({ items, nextCursor }: Page<OperatorActionView>, now: number): string {
  if (items.length === 0) return 'no decision is recorded';
  const rows = items.map(({ at, actor, action, messageId, messageType }) => [
    ageOn(at, now),
    actor,
    action,
    messageId,
    messageType,
  ]);
  const columns = [
    { title: 'AGE', align: 'right' },
    { title: 'OPERATOR', maxWidth: 24 },
    { title: 'ACTION' },
    { title: 'MESSAGE' },
    { title: 'TYPE', maxWidth: 18 },
  ] as const;
  const table = formatTable(columns, rows, { pageWidth: PAGE_WIDTH, note: (row) => items[row]?.reason });
  const more = nextCursor === null ? '' : ', the newest; --limit N shows the newest N';
  return `${table}\n${plural(items.length, 'decision')}${more}`;
}

/** Lists the first dead letters. `count` is the total number, including those not listed. */
export function describeDeadLetters(deadLetters: readonly DeadLetter[], count: number): string {
  const shown = deadLetters.slice(0, SHOWN_DEAD_LETTERS);
  const table = formatTable(
    [{ title: 'ID' }, { title: 'TYPE', maxWidth: 24 }, { title: 'KEY' }],
    shown.map(({ id, type, key }) => [id, type, key]),
    { pageWidth: PAGE_WIDTH, note: (row) => shown[row]?.lastError },
  );
  const rest = count - shown.length;
  return table + (rest > 0 ? `\nand ${formatNumber(rest)} more` : '');
}

/** A count with a plus sign is a lower bound. */
export function describeStats({
  counts,
  atLeast,
  oldestUnfinishedSeconds: oldest,
}: MessageStatsView): string {
  const isCapped = (status: string) => atLeast.some((capped) => capped === status);
  const rows = Object.entries(counts).map(([status, count]) => [
    status,
    `${formatNumber(count)}${isCapped(status) ? '+' : ''}`,
  ]);
  const bound = isCapped('PENDING') || isCapped('PUBLISHED') ? 'at least ' : '';
  const age =
    oldest === null
      ? 'no message is unfinished'
      : `the oldest unfinished message is ${bound}${formatDuration(oldest)} old`;
  return `${formatTable([{}, { align: 'right' }], rows)}\n${age}`;
}

export function describeMessage(message: MessageDetailView, now: number): string {
  const when = (time: string | null) => time && `${time} (${ageOn(time, now)} ago)`;
  const { attempts } = message;
  const isUnfinished = message.status === 'PENDING' || message.status === 'PUBLISHED';
  const published = when(message.publishedAt);
  const fields: readonly (readonly [string, string | null])[] = [
    ['id', message.id],
    ['status', message.status],
    ['type', message.type],
    ['key', message.key],
    ['topic', message.topic],
    ['written', when(message.createdAt)],
    ['claimed', when(message.claimedAt)],
    ['published', published && (attempts > 1 ? `${published}, the first of ${attempts} times` : published)],
    ['position', message.position],
    ['due', isUnfinished ? message.availableAt : null],
    ['leased until', message.leasedUntil],
    ['finished', when(message.completedAt)],
    ['last error', message.lastError],
  ];
  const line = (label: string, text: string) => `${label.padEnd(LABEL_WIDTH)}  ${text}`.trimEnd();
  const lines = fields.flatMap(([label, text]) => (text === null ? [] : [line(label, printable(text))]));
  lines.push(line('payload', indentedJson(message.payload)));
  if (message.result !== null) lines.push(line('result', indentedJson(message.result)));
  lines.push(line('history', message.history.length === 0 ? 'no failure, retry or decision' : ''));
  for (const { at, event, ...details } of message.history) {
    const texts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    lines.push(`  ${printable([at, event.padEnd(14), ...texts].join('  '))}`);
  }
  return lines.join('\n');
}

const indentedJson = (value: unknown) =>
  printableJson(value).replaceAll('\n', `\n${' '.repeat(LABEL_WIDTH + 2)}`);
