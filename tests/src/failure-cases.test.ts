import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAIL_POINTS, root } from '@lmt/stack';
import { expect, it } from 'vitest';

/** Faults that docs/failures.md describes, besides the fail-points. */
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
  'cancel.expired',
  'admin.requeue',
];
/** Failures that must not stop unrelated work or need a restart. */
const CASES = [
  'row-lock-inventory',
  'record-codec',
  'record-headers',
  'record-bomb',
  'dead-letter-topic',
  'silent-tls',
  'snapshot',
  'pipelining',
  'leaderless',
  'table-lock',
  'blocked-stdout',
  'changed-plan',
  'read-only-primary',
  'refused-login',
  'partitions-added',
  'stuck-but-healthy',
  'strict-results',
  'unknown-topic',
  'lowered-limit',
  'unknown-type',
  'relay-clock',
  'other-key',
  'db-clock',
  'url-parameters',
  'folder-name',
  'ignore-scripts',
  'environment',
  'metrics-at-size',
  'broker-gauge',
  'delete-unfinished',
  'decisions-purged',
  'adjust-twice',
  'key-squatting',
  'shared-cluster',
  'migration-lock',
];
/** As numbered in docs/shipped-bugs.md. */
const BUGS = Array.from({ length: 15 }, (_, index) => index + 1);

function readTests(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : readTests(path);
    const isTest = /\.(test|contract)\.ts$/.test(entry.name) || folder.endsWith('/scenarios');
    return isTest && entry.name !== 'failure-cases.test.ts' ? [readFileSync(join(root, path), 'utf8')] : [];
  });
}

const tests = ['packages', 'services', 'prisma', 'scripts', 'tests/src'].flatMap(readTests).join('\n');
const failures = readFileSync(join(root, 'docs/failures.md'), 'utf8');
/** The name begins a title, or is a row of `it.each` whose title begins with `%s`. */
const hasTest = (name: string) =>
  [`'${name}: `, `"${name}: `, `'${name}'`].some((start) => tests.includes(start));

it.each([...Object.values(FAIL_POINTS).flat(), ...FAULTS, ...CASES])('a test is named after %s', (name) => {
  expect(hasTest(name)).toBe(true);
});

it.each(BUGS)('a test is named after shipped bug %i', (number) => {
  expect(tests).toMatch(new RegExp(`'shipped bug ${number}: `));
});

it.each([...FAULTS, ...CASES])('docs/failures.md describes %s', (name) => {
  expect(failures).toContain(name);
});
