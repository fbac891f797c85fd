/** Reads filters from the address. Missing ones are empty. */
export function readFilters<K extends string>(
  params: URLSearchParams,
  names: readonly K[],
): Readonly<Record<K, string>> {
  return Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as Record<K, string>;
}

/** Formats the query string of a list's address. Leaves out empty filters. */
export function toSearch(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

const pad = (value: number) => String(value).padStart(2, '0');

/** Formats a time for an input of type datetime-local, in the zone of the user. Empty if it is none. */
export function toLocalInput(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Reads the value of an input of type datetime-local. Empty if it is no time. */
export function fromLocalInput(value: string): string {
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
