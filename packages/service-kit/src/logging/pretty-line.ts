import type { ErrorFields } from './error-fields.js';
import { printable } from './printable.js';

/** An event as pino writes it, parsed. */
export interface LogEvent {
  readonly level: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

export interface PrettyOptions {
  readonly colour: boolean;
  /** Whether errors have their stack. */
  readonly stacks: boolean;
}

const INFO = 30;
const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  10: ['TRACE', 90],
  20: ['DEBUG', 90],
  40: ['WARN', 33],
  50: ['ERROR', 31],
  60: ['FATAL', 31],
};
// Fields start in one column as long as messages are not longer than this.
const HEAD_WIDTH = 36;
const LONGEST_VALUE = 400;
const UNSHOWN = new Set(['level', 'time', 'msg', 'service']);

/**
 * The event as one line for a person: time, level unless it is info, message, fields.
 * However the message and the fields were made up, it stays one line and what it looks like.
 */
export function prettyLine(event: LogEvent, { colour, stacks }: PrettyOptions): string {
  const paint = (code: number, text: string) => (colour && text ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [level, levelColour] =
    event.level === INFO ? ['', 0] : (LEVELS[event.level] ?? [`L${event.level}`, 0]);
  const message = printable(event.msg ?? '');
  let fields = '';
  for (const name in event) {
    if (!UNSHOWN.has(name)) fields += ` ${bare(name)}=${shown(event[name], stacks)}`;
  }
  const width = (level ? level.length + 1 : 0) + message.length;
  const gap = fields ? ' '.repeat(Math.max(1, HEAD_WIDTH - width)) : '';
  const head = level ? `${paint(levelColour, level)} ${message}` : message;
  return `${paint(90, clock(event.time))} ${head}${gap}${paint(2, fields)}\n`;
}

function clock(time: number): string {
  const at = new Date(time);
  const two = (part: number) => (part < 10 ? `0${part}` : part);
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${milliseconds}`;
}

function shown(value: unknown, stacks: boolean): string {
  if (typeof value === 'string') return bare(value);
  if (isError(value)) return bare(errorText(value, stacks));
  return printable(shortened(JSON.stringify(value)));
}

/** A word as it is, anything else in the quotes and escapes of JSON. */
function bare(text: string): string {
  return /^[\w.:/@+-]+$/.test(text) ? shortened(text) : printable(JSON.stringify(shortened(text)));
}

function shortened(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function isError(value: unknown): value is ErrorFields {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value;
}

function errorText(error: ErrorFields, stacks: boolean): string {
  const code = error.code === undefined ? '' : ` (${error.code})`;
  const cause = error.cause ? `: ${errorText(error.cause, false)}` : '';
  const stack = stacks && error.stack ? ` | ${error.stack}` : '';
  return `${error.message || error.type}${code}${cause}${stack}`.replace(/\s+/g, ' ').trim();
}
