// npm test: all checks but docker, from a fresh clone. `npm test -- unit claim system` runs the
// unit tests of the files whose path contains "claim", and all system tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { findBrowser, NO_BROWSER } from '@lmt/screenshots';
import { kafkaUnavailableReason, root } from '@lmt/stack';
import { execa } from 'execa';

interface TestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages: readonly string[];
  }[];
}

interface Part {
  readonly part: string;
  /** Parts of file names. */
  readonly filters: string[];
}

const defaultParts = ['lint', 'unit', 'integration', 'system'];
const parts = [...defaultParts, 'docker'];
const partsWithKafka = ['integration', 'system'];

const total = { passed: 0, failed: 0, skipped: 0 };
const skippedByFile = new Map<string, number>();
const failures: string[] = [];
let interrupted = false;

function fail(failure: string): void {
  total.failed += 1;
  failures.push(failure);
}

/** Runs a program of a package. Returns whether it succeeded. */
async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const command = [join(root, 'node_modules', program), ...args];
  const { failed } = await execa(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  });
  return !failed;
}

async function check(name: string, program: string, args: readonly string[]): Promise<void> {
  console.log(`\n== ${name}`);
  if (await succeeds(program, args)) console.log(`${name}: ok`);
  else fail(name);
}

async function lint(): Promise<void> {
  await check('lint', '@biomejs/biome/bin/biome', ['check', root]);
  await check('types of the tests', 'typescript/bin/tsc', ['-p', join(root, 'tests')]);
  await check('types of the page', 'typescript/bin/tsc', ['-p', join(root, 'services/console/web')]);
}

/** Runs the tests of a project of vitest.config.ts. */
async function runTests(project: string, filters: readonly string[]): Promise<void> {
  console.log(`\n== ${project} tests`);
  const folder = await mkdtemp(join(tmpdir(), 'lmt-report-'));
  const report = join(folder, 'report.json');
  // Slow or few tests are printed one by one as they end.
  const style = project === 'docker' || filters.length > 0 ? 'verbose' : 'default';
  const reporters = [`--reporter=${style}`, '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', `--root=${root}`, `--project=${project}`, ...reporters, ...filters];
  const succeeded = await succeeds('vitest/vitest.mjs', args);
  const content = await readFile(report, 'utf8').catch(() => '{"testResults":[]}');
  await rm(folder, { recursive: true, force: true });
  const failedBefore = total.failed;
  const { testResults }: { readonly testResults: readonly TestFile[] } = JSON.parse(content);
  for (const file of testResults) addResults(file);
  if (succeeded || total.failed > failedBefore) return;
  fail(`${project}: an error outside of any test, such as in the global setup; see above`);
}

function addResults({ name, status, message, assertionResults }: TestFile): void {
  const path = relative(root, name);
  const failed = assertionResults.filter((result) => result.status === 'failed');
  const passed = assertionResults.filter((result) => result.status === 'passed');
  const skipped = assertionResults.length - failed.length - passed.length;
  total.passed += passed.length;
  total.skipped += skipped;
  if (skipped > 0) skippedByFile.set(path, skipped);
  for (const { fullName, failureMessages } of failed) {
    fail(`${path}: ${fullName}\n${failureMessages.join('\n')}`);
  }
  // A file that could not be loaded has no results.
  if (status === 'failed' && failed.length === 0) fail(`${path}: ${message}`);
}

/** Lists the programs that this machine lacks for some of the tests, each with its remedy. */
async function findMissing(chosen: readonly Part[]): Promise<readonly string[]> {
  const missing: string[] = [];
  if (chosen.some(({ part }) => partsWithKafka.includes(part))) {
    const reason = await kafkaUnavailableReason();
    if (reason !== null) missing.push(`no Kafka: ${reason}. Install Java 17 or later and Maven`);
  }
  if (chosen.some(({ part }) => part === 'system') && (await findBrowser(process.env)) === null)
    missing.push(NO_BROWSER);
  return missing;
}

function reportSkipped(missing: readonly string[]): void {
  if (skippedByFile.size === 0) return;
  const reason = missing.join('; ') || 'skipped';
  console.log(`\nTests that were left out (${reason}):`);
  for (const [file, count] of skippedByFile) console.log(`  ${file}: ${count}`);
  if (process.env.CI === 'true') fail('tests were left out, which CI=true does not allow');
}

/** @param args parts, each followed by its file-name filters */
function chooseParts(args: readonly string[]): readonly Part[] {
  const chosen: Part[] = [];
  for (const arg of args) {
    const last = chosen.at(-1);
    if (parts.includes(arg)) chosen.push({ part: arg, filters: [] });
    else if (last && last.part !== 'lint' && !arg.startsWith('-')) last.filters.push(arg);
    else throw new Error(`unknown part ${arg}: ${parts.join(' | ')}`);
  }
  return chosen.length > 0 ? chosen : defaultParts.map((part) => ({ part, filters: [] }));
}

async function main(): Promise<void> {
  const chosen = chooseParts(process.argv.slice(2));
  const missing = await findMissing(chosen);
  for (const reason of missing) console.log(`\nTests will be left out: ${reason}.`);
  for (const { part, filters } of chosen) {
    if (interrupted) break;
    await (part === 'lint' ? lint() : runTests(part, filters));
  }
  reportSkipped(missing);
  // The failures are repeated at the end, where a reader of a long log looks first.
  if (failures.length > 0) console.log('\n== failed');
  for (const failure of failures) console.log(`\n- ${failure}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (total.failed > 0) process.exitCode ||= 1;
}

// Ctrl-C reaches vitest too, which stops its datastores. This process waits for it.
process.on('SIGINT', () => {
  interrupted = true;
  process.exitCode = 130;
});
await main().catch((error) => {
  console.error(error.message);
  process.exitCode ||= 1;
});
