// Defines the options of npm run messages and parses their values.
import { type Command, InvalidArgumentError, Option } from '@lmt/terminal';
import type { z } from 'zod';

/** Creates an option that requires a non-empty value and rejects a second one. */
export function option<T>(flags: string, description: string, parse: (value: string) => T): Option {
  return new Option(flags, description).argParser<T>((value, previous: T | undefined) => {
    if (previous !== undefined) throw new InvalidArgumentError('given twice');
    if (value.trim() === '') throw new InvalidArgumentError('expected a value');
    return parse(value);
  });
}
export const textOption = (flags: string, description: string) =>
  option(flags, description, (value) => value);

/** Parses a value with a schema of the order service's API. */
export const parseAs =
  <T>(schema: z.ZodType<T, string | undefined>) =>
  (value: string): T => {
    const { success, data, error } = schema.safeParse(value);
    if (success) return data;
    throw new InvalidArgumentError(error.issues[0]?.message ?? '');
  };

export function parseLimit(value: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a whole number of 1 or more');
}

export function addFilterOptions(command: Command, now: number): Command {
  const time = (value: string) => parseTime(value, now);
  return command
    .addOption(textOption('--type <type>', 'such as order.placed.v1'))
    .addOption(textOption('--key <key>', "the order's id"))
    .addOption(option('--after <time>', 'written since this time: 2026-01-31, or an age such as 2h', time))
    .addOption(option('--before <time>', 'written before this time', time))
    .addOption(textOption('--error <text>', 'text that the last error contains'));
}

export function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document, for scripts (with npm run --silent)')
    .addOption(textOption('--url <url>', "the order service's internal port (or ORDER_INTERNAL_URL)"))
    .addHelpText('after', '\nThe token comes from ADMIN_TOKEN or, without --url, from the running demo.');
}

const UNITS = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * @param text a date or time, which is local unless it names a zone, or an age such as 30min
 * @returns ISO 8601
 */
function parseTime(text: string, now: number): string {
  const age = /^(\d{1,9}) ?(s|min|h|d)$/.exec(text);
  if (age) return toIso(now - Number(age[1]) * UNITS[age[2] as keyof typeof UNITS]);
  const [, day, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  // Some engines roll February 30 over into March.
  if (day === undefined || new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day) throw wrongTime();
  return toIso(Date.parse(`${day}T${time ?? '00:00'}${zone ?? ''}`));
}

function toIso(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1970) throw wrongTime();
  return date.toISOString();
}

const wrongTime = () =>
  new InvalidArgumentError(
    'expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or an age such as 30min, 2h or 7d',
  );
