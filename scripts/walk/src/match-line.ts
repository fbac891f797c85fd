// Whether a line that was printed is the one that was promised: ids, times and measured figures excepted.

const ID = '[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?';
const FULL_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What differs from run to run. Where one stands in the README, any of its kind may be printed. */
const KINDS = {
  id: ID,
  instant: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z',
  time: '\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?',
  figure: '(?:Seconds|copies)=[\\d.]+',
  duration: '\\b\\d+(?:\\.\\d+)? (?:ms|s|min|h|d)\\b',
  port: '127\\.0\\.0\\.1:\\d+',
  space: '\\s+',
};

const variable = new RegExp(
  Object.entries(KINDS)
    .map(([kind, source]) => `(?<${kind}>${source})`)
    .join('|'),
  'g',
);

/** The name of its process, as the demo and compose print it before a line. */
const processName = /^([a-z]+)(?:-\d+)?\s*\|\s*/;

const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * @param promised ` ...` at its end stands for the rest of the line
 * @returns its groups are the ids, in order
 */
function patternOf(promised: string): RegExp {
  const text = promised.trimEnd().replace(/\s\.\.\.$/, '');
  const end = text === promised.trimEnd() ? '\\s*$' : '';
  const [prefix = '', name] = processName.exec(text) ?? [];
  const rest = text.slice(prefix.length);
  let source = name === undefined ? '^' : `^${name}(?:-\\d+)?\\s*\\|\\s*`;
  let at = 0;
  for (const { 0: found, index, groups = {} } of rest.matchAll(variable)) {
    const [kind] = Object.entries(groups).find(([, value]) => value !== undefined) ?? [];
    const form = KINDS[kind as keyof typeof KINDS];
    source += literal(rest.slice(at, index)) + (kind === 'id' ? `(${form})` : form);
    at = index + found.length;
  }
  return new RegExp(source + literal(rest.slice(at)) + end);
}

/**
 * The ids that stand in `printed` for those of `promised`, or null if it is another line. An id that
 * is known already must be the same again.
 *
 * @param ids of the README -> of this run
 */
export function matchLine(
  promised: string,
  printed: string,
  ids: ReadonlyMap<string, string>,
): Map<string, string> | null {
  const match = patternOf(promised).exec(printed.trimEnd());
  if (!match) return null;
  const found = new Map();
  for (const [index, id] of (promised.match(new RegExp(ID, 'g')) ?? []).entries()) {
    const actual = match[index + 1] ?? '';
    if (!FULL_ID.test(id) || !FULL_ID.test(actual)) continue;
    if ((ids.get(id) ?? found.get(id) ?? actual) !== actual) return null;
    found.set(id, actual);
  }
  return found;
}
