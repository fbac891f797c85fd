// Restricts a statement to some ids. As text in it: a cursor takes no parameters.

/** @param ids null: all */
export function uuidFilter(column: string, ids: readonly string[] | null) {
  if (ids === null) return 'true';
  for (const id of ids) if (!/^[0-9a-f-]{36}$/.test(id)) throw new RangeError(`not a uuid: ${id}`);
  return `${column} = ANY('{${ids.join(',')}}'::uuid[])`;
}
