import pg from 'pg';
import utils from 'pg/lib/utils.js';

const MAX_PREPARED_STATEMENTS = 200;
const names = new Map<string, string>();

/** Names each statement text, so that each connection parses and plans it only once. */
export function nameStatement(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  // Beyond the limit, use unnamed statements. Each named one stays in the server's memory.
  if (names.size >= MAX_PREPARED_STATEMENTS) return '';
  const name = `lmt_${names.size}`;
  names.set(text, name);
  return name;
}

const { INT8, TIMESTAMPTZ } = pg.types.builtins;
const toDate: (text: string) => unknown = pg.types.getTypeParser(TIMESTAMPTZ, 'text');
const UTC = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/;

/** Sessions are in UTC, so V8's parser reads nearly every time, in 60 % of the default parser's time. */
export const parseTime = (text: string): unknown =>
  UTC.test(text) ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : toDate(text);

/** Returns int8 as a bigint, as Prisma does. The defaults suit the other types. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format === 'text' && oid === INT8) return BigInt;
    return format === 'text' && oid === TIMESTAMPTZ ? parseTime : pg.types.getTypeParser(oid, format);
  },
};

/** Creates a statement for node-postgres. Throws if a value cannot be serialised. */
export const toQuery = (text: string, values: readonly unknown[]) => ({
  name: nameStatement(text),
  text,
  values: values.map(utils.prepareValue),
  types,
});
