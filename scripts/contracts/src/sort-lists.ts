const toKey = (value: unknown): string => {
  const { name, $ref } = Object(value) as { readonly name?: unknown; readonly $ref?: unknown };
  return String(name ?? $ref ?? JSON.stringify(value));
};

/** Sorts every list of a document. The comparison pairs items by position, which has no meaning. */
export function sortLists(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sortLists).sort((a, b) => (toKey(a) < toKey(b) ? -1 : toKey(a) > toKey(b) ? 1 : 0));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sortLists(item)]));
}
