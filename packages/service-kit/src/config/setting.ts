import { z } from 'zod';
import { printable } from '../logging/printable.js';

interface SettingRule<T> {
  /** What a good value is, to follow the word "expected". */
  readonly expected: string;
  /** What to do about a missing or bad value; a sentence of its own. */
  readonly wayOut?: string;
  /** Whether a bad value may be shown. */
  readonly shown: boolean;
  /** The value a text stands for; undefined if it stands for none. */
  readonly read: (text: string) => T | undefined;
}

function setting<T>({ expected, wayOut, shown, read }: SettingRule<T>) {
  const rest = `expected ${expected}${wayOut ? `. ${wayOut}` : ''}`;
  return z.string({ error: `is not set: ${rest}` }).transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    const shownValue = shown ? ` ${printable(JSON.stringify(text.slice(0, 80)))}` : '';
    context.addIssue({ code: 'custom', message: `is wrong:${shownValue}${shown ? ', ' : ' '}${rest}` });
    return z.NEVER;
  });
}

/** Inclusive bounds. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

function number(text: string, form: RegExp, { min, max }: Bounds): number | undefined {
  if (!form.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** A whole number. */
export function integer(fallback: number, bounds: Bounds) {
  return setting({
    expected: `a whole number from ${bounds.min} to ${bounds.max}`,
    wayOut: `Unset, it is ${fallback}`,
    shown: true,
    read: (text) => number(text, /^-?\d{1,15}$/, bounds),
  }).default(fallback);
}

/** A TCP port; 0 lets the system choose one. */
export function port(fallback: number) {
  return setting({
    expected: 'a port from 0 to 65535',
    wayOut: `Unset, it is ${fallback}`,
    shown: true,
    read: (text) => number(text, /^\d{1,5}$/, { min: 0, max: 65_535 }),
  }).default(fallback);
}

function duration(unit: 'seconds' | 'hours', fallback: number, bounds: Bounds) {
  return setting({
    expected: `${unit}, a number from ${bounds.min} to ${bounds.max}`,
    wayOut: `Unset, it is ${fallback}`,
    shown: true,
    read: (text) => number(text, /^\d{1,12}(\.\d{1,6})?$/, bounds),
  }).default(fallback);
}

/** A duration in seconds, fractions allowed. */
export function seconds(fallback: number, bounds: Bounds) {
  return duration('seconds', fallback, bounds);
}

/** A duration in hours, fractions allowed. */
export function hours(fallback: number, bounds: Bounds) {
  return duration('hours', fallback, bounds);
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[], fallback: NoInfer<W>) {
  return setting({
    expected: `one of ${words.join(', ')}`,
    wayOut: `Unset, it is ${fallback}`,
    shown: true,
    read: (text) => words.find((word) => word === text),
  }).prefault(fallback);
}

/** A text of one line. Required unless there is a fallback. */
export function text(): ReturnType<typeof setting<string>>;
export function text(fallback: string): z.ZodDefault<ReturnType<typeof setting<string>>>;
export function text(fallback?: string) {
  const schema = setting({
    expected: 'a text of one line, at most 1000 characters',
    shown: true,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
    read: (value) => (/^[^\u0000-\u001f\u007f]{1,1000}$/.test(value) ? value : undefined),
  });
  return fallback === undefined ? schema : schema.default(fallback);
}

const isPort = (number: number) => number >= 1 && number <= 65_535;

/** Comma-separated `host:port` addresses. */
export function addresses(fallback: readonly string[]) {
  return setting({
    expected: 'host:port, several separated by commas',
    wayOut: `Unset, it is ${fallback.join(',')}`,
    shown: true,
    read: (value): readonly string[] | undefined => {
      const parts = value.split(',').map((part) => part.trim());
      const isAddress = (part: string) =>
        /^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(part) &&
        isPort(Number(part.slice(part.lastIndexOf(':') + 1)));
      return parts.every(isAddress) ? parts : undefined;
    },
  }).default(fallback);
}
