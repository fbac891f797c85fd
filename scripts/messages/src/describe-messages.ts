// Messages as people read them.
import { inColumns } from './columns.js';
import type { DeadLetter, Message, MessageDetail, Stats } from './operators-api.js';
import { age, counted, plural, printable, printableJson } from './printable.js';

const shownDeadLetters = 20;

const since = (time: string, now: number) => age((now - Date.parse(time)) / 1_000);

export function describeList(messages: readonly Message[], more: boolean, now: number) {
  if (messages.length === 0) return 'no message fits';
  const columns = [
    { title: 'ID' },
    { title: 'STATUS' },
    { title: 'AGE', right: true },
    { title: 'SENT', right: true },
    { title: 'TYPE', most: 18 },
    { title: 'KEY' },
  ];
  const rows = messages.map(({ id, status, createdAt, attempts, type, key, lastError }) => ({
    cells: [id, status, since(createdAt, now), String(attempts), type, key],
    note: lastError,
  }));
  const end = more
    ? 'the newest of them; --all shows all, --limit N the newest N'
    : plural(messages.length, 'message');
  return `${inColumns(columns, rows)}\n${more ? `${plural(messages.length, 'message')}, ${end}` : end}`;
}

/** @param count all of them */
export function describeDeadLetters(items: readonly DeadLetter[], count: number) {
  const shown = items.slice(0, shownDeadLetters);
  const rows = shown.map(({ id, type, key, lastError }) => ({ cells: [id, type, key], note: lastError }));
  const rest = count - shown.length;
  const columns = [{ title: 'ID' }, { title: 'TYPE', most: 24 }, { title: 'KEY' }];
  return inColumns(columns, rows) + (rest > 0 ? `\nand ${counted(rest)} more` : '');
}

export function describeStats({ counts, oldestUnfinishedSeconds }: Stats) {
  const width = Math.max(...Object.values(counts).map((count) => counted(count).length));
  const lines = Object.entries(counts).map(
    ([status, count]) => `${status.padEnd(9)}  ${counted(count).padStart(width)}`,
  );
  lines.push(
    oldestUnfinishedSeconds === null
      ? 'nothing is under way'
      : `the oldest that is under way was written ${age(oldestUnfinishedSeconds)} ago`,
  );
  return lines.join('\n');
}

export function describeMessage(message: MessageDetail, now: number) {
  const when = (time: string | null) => (time === null ? null : `${time} (${since(time, now)} ago)`);
  const due = message.status === 'PENDING' || message.status === 'PUBLISHED' ? message.availableAt : null;
  const fields: [string, string | null][] = [
    ['id', message.id],
    ['status', message.status],
    ['type', message.type],
    ['key', message.key],
    ['topic', message.topic],
    ['written', when(message.createdAt)],
    [
      'published',
      message.publishedAt && `${when(message.publishedAt)}, ${plural(message.attempts, 'time')} in all`,
    ],
    ['due', due],
    ['leased until', message.leasedUntil],
    ['finished', when(message.completedAt)],
    ['last error', message.lastError],
  ];
  const lines = fields
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(12)}  ${printable(value ?? '')}`);
  lines.push(`${'payload'.padEnd(12)}  ${indented(message.payload)}`);
  if (message.result !== null) lines.push(`${'result'.padEnd(12)}  ${indented(message.result)}`);
  lines.push('history'.padEnd(12) + (message.history.length === 0 ? '  nothing but its way' : ''));
  for (const { at, event, ...rest } of message.history) {
    const said = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    lines.push(`  ${printable([String(at), String(event).padEnd(14), ...said].join('  '))}`);
  }
  return lines.join('\n');
}

const indented = (value: unknown) => printableJson(value).replaceAll('\n', `\n${' '.repeat(14)}`);
