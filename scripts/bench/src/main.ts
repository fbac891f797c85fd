// npm run bench: starts its own stack, measures it and prints the figures.
import { writeFile } from 'node:fs/promises';
import {
  ArgumentError,
  type Broker,
  brokerOption,
  createCommand,
  InvalidArgumentError,
  runCommand,
  untilInterrupted,
} from '@lmt/terminal';
import { formatInstances, measureInstances } from './instances.js';
import { measurePeers } from './peers.js';
import { formatPeers } from './peers-report.js';
import { measure } from './phases.js';
import { plotBacklog, plotLatency, writePlots } from './plots.js';
import { measureProfile, profileEnv } from './profile.js';
import { formatProfile } from './profile-report.js';
import { formatReport } from './report.js';
import { runOnStack } from './run-on-stack.js';
import { writeSection } from './sections.js';

interface BenchOptions {
  readonly broker?: Broker;
  readonly quick?: boolean;
  readonly json?: string;
  readonly plots?: string;
  /** A document with the sections main, profile, instances and peers. */
  readonly into?: string;
  readonly browsers: number;
  /** `true` without a folder. */
  readonly profile?: true | string;
  readonly instances?: number;
  readonly peers?: true | string;
}

interface Report {
  readonly section: string;
  readonly text: string;
  readonly markdown: string;
}

/** Prints a measurement's report and writes its figures. */
async function publish({ json, into }: BenchOptions, results: unknown, { section, text, markdown }: Report) {
  console.log(text);
  if (json) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
  if (into) await writeSection(into, section, markdown);
}

async function runMain(options: BenchOptions, signal: AbortSignal) {
  const { quick = false, browsers, broker, plots } = options;
  const choices = { ...(broker ? { broker } : {}), instances: { console: browsers > 0 ? 1 : 0 } };
  const results = await runOnStack(choices, signal, (bench) => measure(bench, { quick, browsers }));
  if (plots) {
    const backlog = results.backlog.drains.length > 0 ? { 'cost-over-backlog': plotBacklog(results) } : {};
    await writePlots(plots, { 'latency-over-throughput': plotLatency(results), ...backlog });
  }
  const text = formatReport(results);
  await publish(options, results, { section: 'main', text, markdown: formatReport(results, 'markdown') });
}

async function runProfile(options: BenchOptions, signal: AbortSignal) {
  const { quick = false, profile } = options;
  const folder = typeof profile === 'string' ? profile : null;
  const choices = { ...(folder === null ? {} : { env: profileEnv(folder) }), withStatements: true };
  const results = await runOnStack(choices, signal, ({ hasStatements, ...bench }) =>
    measureProfile(bench, { quick, folder, hasStatements }),
  );
  const text = formatProfile(results);
  await publish(options, results, { section: 'profile', text, markdown: text });
}

async function runInstances(options: BenchOptions, count: number, signal: AbortSignal) {
  const { quick = false } = options;
  const instances = { order: count, relay: count, inventory: count };
  const results = await runOnStack({ instances }, signal, (bench) =>
    measureInstances(bench, { quick, count }),
  );
  const text = formatInstances(results);
  await publish(options, results, { section: 'instances', text, markdown: text });
}

async function runPeers(options: BenchOptions, signal: AbortSignal) {
  const { quick = false, peers } = options;
  const names = typeof peers === 'string' ? peers.split(',') : null;
  const results = await runOnStack({ broker: 'kafka' }, signal, (bench) =>
    measurePeers(bench, { quick, names }),
  );
  const text = formatPeers(results);
  await publish(options, results, { section: 'peers', text, markdown: text });
}

function readNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 0 to 999');
}

async function run(options: BenchOptions, signal: AbortSignal) {
  const modes = [options.profile, options.instances, options.peers].filter((mode) => mode !== undefined);
  if (modes.length > 1)
    throw new ArgumentError('--profile, --instances and --peers are separate measurements');
  if (options.profile) return runProfile(options, signal);
  if (options.instances !== undefined) return runInstances(options, options.instances, signal);
  if (options.peers) return runPeers(options, signal);
  return runMain(options, signal);
}

const command = createCommand('bench', 'Starts its own system and measures it.')
  .option('--quick', 'one round and shorter phases')
  .addOption(brokerOption())
  .option('--browsers <number>', 'keeps the console open in so many browsers', readNumber, 0)
  .option('--profile [folder]', 'measures stages and processes instead; writes CPU profiles to the folder')
  .option('--instances <number>', 'compares one and so many instances of each service instead', readNumber)
  .option('--peers [names]', 'compares with other outboxes instead, or with those in the list')
  .option('--json <file>', 'also writes the figures to a file')
  .option('--into <document>', 'also replaces the section of this measurement in the document')
  .option('--plots <folder>', 'also draws the plots of the main measurement as SVG')
  .addHelpText(
    'after',
    '\nThe data is in a temporary folder, which is removed at the end. TMPDIR chooses the disk.',
  )
  .action((options) => untilInterrupted((signal) => run(options, signal)));

await runCommand(command);
