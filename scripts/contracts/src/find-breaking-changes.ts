import { apiCompare, type Diff } from 'api-smart-diff';
import { isAsyncApi, toOpenApi } from './events-as-openapi.js';

interface Document {
  readonly info?: { readonly version?: string };
}

const readMajor = ({ info }: Document) => Number.parseInt(info?.version ?? '0', 10);
const prepare = (document: object) => (isAsyncApi(document) ? toOpenApi(document) : document);

const MAX_VALUE = 100;

/** Describes a change in one line, such as `paths /orders post ... maxLength: replace, 128 -> 10`. */
function toLine({ path, action, before, after }: Diff): string {
  const values = [before, after].map((value) =>
    value === undefined ? 'nothing' : JSON.stringify(value).slice(0, MAX_VALUE),
  );
  return `${path.join(' ')}: ${action}, ${values.join(' -> ')}`;
}

/**
 * Changes that api-smart-diff treats as harmless. It reverses its rules for answers, so another type
 * of a field counts as a stricter one. It also assumes that readers ignore unknown fields, but the
 * services reject those of a request.
 */
function isMissed({ path, action }: Diff): boolean {
  const [parent, key] = path.slice(-2);
  const isType = key === 'type' || (parent === 'type' && typeof key === 'number');
  if (isType || key === 'const') return action === 'replace';
  if (key === 'additionalProperties') return action === 'add';
  return parent === 'properties' && action === 'remove';
}

/**
 * Compares two versions of an OpenAPI or AsyncAPI document. Returns the changes that break a client
 * or a stored message, one line each. A new major version may break, because clients choose when
 * to move to it.
 */
export function findBreakingChanges(released: Document, current: Document): string[] {
  if (readMajor(current) > readMajor(released)) return [];
  const { diffs } = apiCompare(prepare(released), prepare(current));
  // Schemas are compared where they are used. Their definition has no direction.
  const isBreaking = (diff: Diff) => diff.type === 'breaking' || isMissed(diff);
  return diffs.filter((diff) => diff.path[0] === 'paths' && isBreaking(diff)).map(toLine);
}
