// Times as people write them.
import { UsageError } from './usage.js';

const units = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param text a date or time, in this machine's zone unless it names one; or an age
 * @returns ISO 8601
 */
export function parseTime(option: string, text: string, now: number): string {
  const age = /^(\d{1,9}) ?(s|min|h|d)$/.exec(text);
  if (age) {
    const ms = Number(age[1]) * units[age[2] as keyof typeof units];
    return isoOf(option, text, now - ms);
  }
  const [, day, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  // Some engines roll the 30th of February over into March.
  if (day === undefined || new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day)
    return wrong(option, text);
  return isoOf(option, text, Date.parse(`${day}T${time ?? '00:00'}${zone ?? ''}`));
}

function isoOf(option: string, text: string, ms: number) {
  const date = new Date(ms);
  if (Number.isNaN(ms) || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1970)
    return wrong(option, text);
  return date.toISOString();
}

function wrong(option: string, text: string): never {
  throw new UsageError(
    `${option} ${text}: expected a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or an age such as 30min, 2h or 7d`,
  );
}
