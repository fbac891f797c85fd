import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAIL_POINTS } from '@lmt/contracts';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const self = 'failure-cases.test.ts';

/** Faults that docs/failures.md describes, beside the fail-points themselves. */
const FAULTS = [
  'post.concurrentKey',
  'broker.wipe',
  'broker.wipeBehind',
  'callback.requestLost',
  'callback.replyLost',
  'callback.late',
  'retry.racesCompletion',
  'cancel.beforePlaced',
  'cancel.duringPlaced',
  'cancel.afterPlaced',
  'admin.requeue',
];
const BUGS = Array.from({ length: 15 }, (_, index) => index + 1);

function testSources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : testSources(path);
    const isTest = /\.(test|contract)\.ts$/.test(entry.name) || folder.endsWith('/scenarios');
    return isTest && entry.name !== self ? [readFileSync(join(root, path), 'utf8')] : [];
  });
}

const sources = ['packages', 'services', 'tests/src'].flatMap(testSources).join('\n');
/** As a test's title begins, or as a row of `it.each` whose title begins with `%s:`. */
const isNamed = (name: string) =>
  [`'${name}: `, `'${name}'`].some((beginning) => sources.includes(beginning));

it.each([...Object.values(FAIL_POINTS).flat(), ...FAULTS])('%s has a test of its name', (name) => {
  expect(isNamed(name)).toBe(true);
});

it.each(BUGS)('shipped bug %i has a test of its name', (number) => {
  expect(sources).toMatch(new RegExp(`'shipped bug ${number}: `));
});

it('each is described in docs/failures.md, or listed where it points to', () => {
  const described = readFileSync(join(root, 'docs/failures.md'), 'utf8');
  expect(FAULTS.filter((name) => !described.includes(name))).toEqual([]);
});
