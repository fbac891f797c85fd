// npm test: everything, from a fresh clone. `npm test -- unit integration` runs parts of it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { prepare, root, run } from './toolchain.mjs';

const parts = ['lint', 'unit', 'integration', 'system'];
const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {Map<string, number>} */
const leftOut = new Map();
/** @type {string[]} */
const failures = [];
let interrupted = false;

/** @param {string} text */
const heading = (text) => console.log(`\n== ${text}`);

/**
 * Runs a Node program with its output shown; tells whether it succeeded.
 *
 * @param {string[]} args
 */
const succeeds = (args) =>
  run(process.execPath, args, { show: true }).then(
    () => true,
    () => false,
  );

/** @param {string} name @param {string[]} args */
async function check(name, args) {
  heading(name);
  if (await succeeds(args)) console.log(`${name}: ok`);
  else {
    total.failed += 1;
    failures.push(name);
  }
}

async function lint() {
  await check('lint', [biome, 'check', root]);
  await check('types of the tests and scripts', [tsc, '-p', join(root, 'tests')]);
}

/** @param {string} project of vitest.config.ts */
async function tests(project) {
  heading(`${project} tests`);
  const folder = await mkdtemp(join(tmpdir(), 'lmt-report-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const succeeded = await succeeds([vitest, 'run', `--root=${root}`, `--project=${project}`, ...reporters]);
  const content = await readFile(report, 'utf8').catch(() => '{"testResults":[]}');
  await rm(folder, { recursive: true, force: true });
  const failedBefore = total.failed;
  for (const file of JSON.parse(content).testResults) addFile(file);
  if (succeeded || total.failed > failedBefore) return;
  total.failed += 1;
  failures.push(`${project}: an error outside of any test, as in the global setup; see above`);
}

/**
 * @typedef {{ status: string, fullName: string, failureMessages: string[] }} TestResult
 * @param {{ name: string, status: string, message: string, assertionResults: TestResult[] }} file
 */
function addFile(file) {
  const count = (/** @type {string[]} */ ...states) =>
    file.assertionResults.filter(({ status }) => states.includes(status)).length;
  const failed = count('failed');
  const skipped = count('skipped', 'pending', 'todo', 'disabled');
  total.passed += count('passed');
  total.skipped += skipped;
  // A file that could not even be loaded has no results.
  total.failed += failed || (file.status === 'failed' ? 1 : 0);
  const path = relative(root, file.name);
  if (skipped > 0) leftOut.set(path, skipped);
  for (const { status, fullName, failureMessages } of file.assertionResults) {
    if (status === 'failed') failures.push(`${path}: ${fullName}\n${failureMessages.join('\n')}`);
  }
  if (file.status === 'failed' && failed === 0) failures.push(`${path}: ${file.message}`);
}

/** Once more at the end, where a reader of a long log looks first. */
function reportFailures() {
  if (failures.length === 0) return;
  heading('failed');
  for (const failure of failures) console.log(`\n- ${failure}`);
}

/** @param {string | null} withoutKafka why there is no Kafka here */
function reportLeftOut(withoutKafka) {
  if (leftOut.size === 0) return;
  const reason = withoutKafka
    ? `without Kafka: ${withoutKafka}. Install Java 17 or later and Maven`
    : 'skipped';
  console.log(`\nTests that were left out (${reason}):`);
  for (const [file, count] of leftOut) console.log(`  ${file}: ${count}`);
  if (process.env.CI === 'true') {
    console.log('With CI=true nothing may be left out.');
    total.failed += 1;
  }
}

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((part) => !parts.includes(part));
  if (unknown.length > 0) throw new Error(`unknown part ${unknown.join(', ')}: ${parts.join(' | ')}`);
  const chosen = wanted.length > 0 ? wanted : parts;
  await prepare();
  // Only now: what it imports is installed by prepare().
  const { kafkaUnavailableReason } = await import('./stack/kafka.mjs');
  const withoutKafka = chosen.every((part) => part === 'lint') ? null : await kafkaUnavailableReason();
  if (withoutKafka) console.log(`\nTests with Kafka will be left out: ${withoutKafka}.`);
  for (const part of chosen) {
    if (interrupted) break;
    await (part === 'lint' ? lint() : tests(part));
  }
  reportLeftOut(withoutKafka);
  reportFailures();
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  if (total.failed > 0) process.exitCode ||= 1;
}

// Ctrl-C reaches vitest too, which stops its datastores; this process waits for that.
process.on('SIGINT', () => {
  interrupted = true;
  process.exitCode = 130;
});
await main().catch((error) => {
  console.error(error.message);
  process.exitCode ||= 1;
});
