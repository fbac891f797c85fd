const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** The age in its largest unit. Null below one second, and for a clock that is behind. */
export function toAge(
  ms: number,
): { readonly value: number; readonly unit: (typeof UNITS)[number]['unit'] } | null {
  const found = UNITS.find((unit) => ms >= unit.ms);
  return found === undefined ? null : { value: Math.floor(ms / found.ms), unit: found.unit };
}
