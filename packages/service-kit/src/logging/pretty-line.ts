import { printable } from './safe-text.js';

/** A log event as pino writes it, parsed. */
export interface LogEvent {
  readonly level: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

interface PrettyOptions {
  readonly colour: boolean;
  /** Whether to print the stacks of errors. */
  readonly stacks: boolean;
}

/** An error as pino serialises it. */
interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack?: string;
  readonly cause?: unknown;
}

const INFO = 30;
const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  10: ['TRACE', 90],
  20: ['DEBUG', 90],
  40: ['WARN', 33],
  50: ['ERROR', 31],
  60: ['FATAL', 31],
};
// The column in which the fields start, unless the message is longer.
const HEAD_WIDTH = 36;
const MAX_VALUE_LENGTH = 400;
const OMITTED = new Set(['level', 'time', 'msg', 'service']);

/**
 * Formats an event for a terminal: time, level unless it is info, message, fields. The result is one
 * line, whatever the message and the fields contain.
 */
export function prettyLine(event: LogEvent, { colour, stacks }: PrettyOptions): string {
  const paint = (code: number, text: string) => (colour && text ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [level, levelColour] =
    event.level === INFO ? ['', 0] : (LEVELS[event.level] ?? [`L${event.level}`, 0]);
  const message = printable(event.msg ?? '');
  let fields = '';
  for (const name in event) {
    if (!OMITTED.has(name)) fields += ` ${word(name)}=${fieldText(event[name], stacks)}`;
  }
  const width = (level ? level.length + 1 : 0) + message.length;
  const gap = fields ? ' '.repeat(Math.max(1, HEAD_WIDTH - width)) : '';
  const head = level ? `${paint(levelColour, level)} ${message}` : message;
  return `${paint(90, clock(event.time))} ${head}${gap}${paint(2, fields)}\n`;
}

function clock(time: number): string {
  const at = new Date(time);
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
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

function isError(value: unknown): value is ErrorFields {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value;
}

function errorText(error: ErrorFields, stacks: boolean): string {
  const code = error.code === undefined ? '' : ` (${String(error.code)})`;
  const cause = isError(error.cause) ? `: ${errorText(error.cause, false)}` : '';
  const stack = stacks && error.stack ? ` | ${error.stack}` : '';
  return `${error.message || error.type}${code}${cause}${stack}`.replace(/\s+/g, ' ').trim();
}
