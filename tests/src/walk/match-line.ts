// Compares a printed line with a documented line. Ids, times and measured figures may differ.

const ID = '[0-9a-f]{8}-[0-9a-f]{4}(?:-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?';
const FULL_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Values that differ from run to run. A shown value matches any value of the same kind. */
const KINDS = {
  id: ID,
  instant: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z',
  time: '\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?',
  figure: '(?:Seconds|copies)=[\\d.]+',
  duration: '\\b\\d+(?:\\.\\d+)? (?:ms|s|min|h|d)\\b',
  port: '127\\.0\\.0\\.1:\\d+',
  space: '\\s+',
};

const VARIABLE = new RegExp(
  Object.entries(KINDS)
    .map(([kind, source]) => `(?<${kind}>${source})`)
    .join('|'),
  'g',
);

/** The process name that the demo and compose print before each log line. */
const PROCESS_NAME = /^([a-z]+)(?:-\d+)?\s*\|\s*/;

const escapeRegExp = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Captures the ids, in order. A final ` ...` matches the rest of the printed line. */
function buildPattern(shown: string): RegExp {
  const text = shown.trimEnd().replace(/\s\.\.\.$/, '');
  const end = text === shown.trimEnd() ? '\\s*$' : '';
  const [prefix = '', name] = PROCESS_NAME.exec(text) ?? [];
  const rest = text.slice(prefix.length);
  let source = name === undefined ? '^' : `^${name}(?:-\\d+)?\\s*\\|\\s*`;
  let at = 0;
  for (const { 0: found, index, groups = {} } of rest.matchAll(VARIABLE)) {
    const [kind, pattern] = Object.entries(KINDS).find(([key]) => groups[key] !== undefined) ?? [];
    source += escapeRegExp(rest.slice(at, index)) + (kind === 'id' ? `(${pattern})` : pattern);
    at = index + found.length;
  }
  return new RegExp(source + escapeRegExp(rest.slice(at)) + end);
}

/**
 * Returns a map from shown ids to printed ids, or null if the lines differ. A shown id that is in
 * `ids` must match the same printed id as before.
 */
export function matchLine(
  shown: string,
  printed: string,
  ids: ReadonlyMap<string, string>,
): Map<string, string> | null {
  const match = buildPattern(shown).exec(printed.trimEnd());
  if (!match) return null;
  const found = new Map<string, string>();
  for (const [index, id] of (shown.match(new RegExp(ID, 'g')) ?? []).entries()) {
    const actual = match[index + 1] ?? '';
    if (!FULL_ID.test(id) || !FULL_ID.test(actual)) continue;
    if ((ids.get(id) ?? found.get(id) ?? actual) !== actual) return null;
    found.set(id, actual);
  }
  return found;
}
