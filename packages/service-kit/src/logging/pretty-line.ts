import { printable } from './safe-text.js';

/** A parsed log event of pino. The caller's fields may have replaced level, time and msg. */
export type LogEvent = Readonly<Record<string, unknown>>;

const GREY = 90;
const YELLOW = 33;
const RED = 31;
const FAINT = 2;
const LEVEL_COLOURS: Readonly<Record<string, number>> = { warn: YELLOW, error: RED, fatal: RED };
// The column in which the fields start, unless the message is longer.
const HEAD_WIDTH = 36;
const HEAD_FIELDS = new Set(['level', 'time', 'msg', 'service']);
const MAX_VALUE_LENGTH = 400;

/**
 * Formats an event for a terminal: time, level unless it is info, message, fields. The result is
 * one line, whatever the message and the fields contain. `stacks` adds the stacks of errors.
 */
export function prettyLine(event: LogEvent, { colour = false, stacks = false }): string {
  const paint = (code: number, text: string) => (colour && text ? `\u001b[${code}m${text}\u001b[0m` : text);
  const level = String(event.level);
  const label = level === 'info' ? '' : printable(level).toUpperCase();
  const message = printable(String(event.msg ?? ''));
  let fields = '';
  for (const name in event) {
    if (!HEAD_FIELDS.has(name)) fields += ` ${word(name)}=${fieldText(event[name], stacks)}`;
  }
  const head = label ? `${label} ${message}`.trimEnd() : message;
  const gap = fields ? ' '.repeat(Math.max(1, HEAD_WIDTH - head.length)) : '';
  const paintedHead = paint(LEVEL_COLOURS[level] ?? GREY, label) + head.slice(label.length);
  return `${paint(GREY, clock(String(event.time)))} ${paintedHead}${gap}${paint(FAINT, fields)}`;
}

/** Local time of day. */
function clock(time: string): string {
  return `${new Date(time).toTimeString().slice(0, 8)}.${time.slice(20, 23)}`;
}

function fieldText(value: unknown, stacks: boolean): string {
  if (typeof value === 'string') return word(value);
  if (isError(value)) return word(errorText(value, stacks));
  return printable(shorten(JSON.stringify(value)));
}

/** Leaves a plain word as it is and quotes anything else as JSON. */
function word(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? shorten(text) : printable(JSON.stringify(shorten(text)));
}

function shorten(text: string): string {
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

/** Whether the value is an error that pino has serialised. */
function isError(value: unknown): value is LogEvent {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value;
}

function errorText(error: LogEvent, stacks: boolean): string {
  const code = error.code === undefined ? '' : ` (${String(error.code)})`;
  const cause = isError(error.cause) ? `: ${errorText(error.cause, false)}` : '';
  const stack = stacks && error.stack ? ` | ${error.stack}` : '';
  return `${error.message || error.type}${code}${cause}${stack}`.replace(/\s+/g, ' ').trim();
}
