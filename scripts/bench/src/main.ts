// npm run bench: starts its own stack, measures it and prints the figures.
import { readFile, writeFile } from 'node:fs/promises';
import {
  ArgumentError,
  type Broker,
  brokerOption,
  createCommand,
  InvalidArgumentError,
  runCommand,
  untilInterrupted,
} from '@lmt/terminal';
import { LOGICAL_DECODING } from './debezium.js';
import { measureGrowth, toGrowthPoints } from './growth.js';
import { formatGrowth } from './growth-report.js';
import { formatInstances, measureInstances } from './instances.js';
import { measurePeers, selectPeers } from './peers.js';
import { formatPeers } from './peers-report.js';
import { measure } from './phases.js';
import { plotBacklog, plotGrowth, plotLatency, writePlots } from './plots.js';
import { measureProfile, profileEnv } from './profile.js';
import { formatProfile } from './profile-report.js';
import { formatReport } from './report.js';
import { runOnStack } from './run-on-stack.js';
import { replaceSection } from './sections.js';
import type { Plot } from './svg-plot.js';

interface BenchOptions {
  readonly broker?: Broker;
  readonly quick?: boolean;
  readonly json?: string;
  readonly plots?: string;
  /** A document with the sections main, profile, instances, peers and growth. */
  readonly into?: string;
  readonly browsers: number;
  /** `true` without a folder. */
  readonly profile?: true | string;
  readonly instances?: number;
  readonly peers?: true | string;
  /** Numbers of finished rows; `true` without a list. */
  readonly growth?: true | readonly number[];
  readonly snapshot: number;
}

/** What a mode measured. */
interface Measured {
  readonly results: unknown;
  readonly text: string;
  /** For a document. Default: the text. */
  readonly markdown?: string;
  /** By file name. */
  readonly plots?: Readonly<Record<string, Plot>>;
}

interface Mode {
  /** Its section of docs/benchmarks.md. */
  readonly section: string;
  readonly isChosen: (options: BenchOptions) => boolean;
  readonly run: (options: BenchOptions, signal: AbortSignal) => Promise<Measured>;
}

const main: Mode = {
  section: 'main',
  isChosen: () => false,
  async run({ quick = false, browsers, broker }, signal) {
    const choices = { ...(broker ? { broker } : {}), instances: { console: browsers > 0 ? 1 : 0 } };
    const results = await runOnStack(choices, signal, (bench) => measure(bench, { quick, browsers }));
    const backlog = results.backlog.drains.length > 0 ? { 'cost-over-backlog': plotBacklog(results) } : {};
    const plots = { 'latency-over-throughput': plotLatency(results), ...backlog };
    return { results, text: formatReport(results), markdown: formatReport(results, 'markdown'), plots };
  },
};

const profile: Mode = {
  section: 'profile',
  isChosen: (options) => options.profile !== undefined,
  async run(options, signal) {
    const folder = typeof options.profile === 'string' ? options.profile : null;
    const choices = { ...(folder === null ? {} : { env: profileEnv(folder) }), withStatements: true };
    const results = await runOnStack(choices, signal, ({ hasStatements, ...bench }) =>
      measureProfile(bench, { quick: options.quick ?? false, folder, hasStatements }),
    );
    return { results, text: formatProfile(results) };
  },
};

const instances: Mode = {
  section: 'instances',
  isChosen: (options) => options.instances !== undefined,
  async run({ quick = false, instances: count = 2 }, signal) {
    const instances = { order: count, relay: count, inventory: count };
    const results = await runOnStack({ instances }, signal, (bench) =>
      measureInstances(bench, { quick, count }),
    );
    return { results, text: formatInstances(results) };
  },
};

const peers: Mode = {
  section: 'peers',
  isChosen: (options) => options.peers !== undefined,
  async run(options, signal) {
    const selected = selectPeers(typeof options.peers === 'string' ? options.peers.split(',') : null);
    const results = await runOnStack({ broker: 'kafka', postgres: LOGICAL_DECODING }, signal, (bench) =>
      measurePeers(bench, { quick: options.quick ?? false, peers: selected }),
    );
    return { results, text: formatPeers(results) };
  },
};

const growth: Mode = {
  section: 'growth',
  isChosen: (options) => options.growth !== undefined,
  async run({ broker, growth, snapshot: snapshotMinutes }, signal) {
    const sizes = growth === undefined || growth === true ? [0, 1_000_000] : growth;
    const choices = { ...(broker ? { broker } : {}), withStatements: true };
    const results = await runOnStack(choices, signal, (bench) =>
      measureGrowth(bench, { sizes, snapshotMinutes }),
    );
    const plots = { 'cost-over-finished-rows': plotGrowth(toGrowthPoints(results)) };
    return { results, text: formatGrowth(results), plots };
  },
};

const MODES = [profile, instances, peers, growth];

async function run(options: BenchOptions, signal: AbortSignal) {
  const { json, into, plots } = options;
  const [mode = main, ...others] = MODES.filter(({ isChosen }) => isChosen(options));
  if (others.length > 0)
    throw new ArgumentError('--profile, --instances, --peers and --growth are separate measurements');
  // Fails now and not after the measurement.
  if (into) replaceSection(await readFile(into, 'utf8'), mode.section, '');
  const measured = await mode.run(options, signal);
  console.log(measured.text);
  if (json) await writeFile(json, `${JSON.stringify(measured.results, null, 2)}\n`);
  if (plots && measured.plots) await writePlots(plots, measured.plots);
  if (into) {
    const document = await readFile(into, 'utf8');
    await writeFile(into, replaceSection(document, mode.section, measured.markdown ?? measured.text));
  }
}

function readNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 0 to 999');
}

function readInstances(text: string): number {
  if (/^[2-9]$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number from 2 to 9');
}

function readSizes(text: string): readonly number[] {
  if (/^\d{1,9}(,\d{1,9})*$/.test(text))
    return text
      .split(',')
      .map(Number)
      .sort((a, b) => a - b);
  throw new InvalidArgumentError('expected numbers of rows, such as 0,1000000');
}

const command = createCommand('bench', 'Starts its own system and measures it.')
  .option('--quick', 'one round and shorter phases')
  .addOption(brokerOption())
  .option('--browsers <number>', 'keeps the console open in this many browsers', readNumber, 0)
  .option('--profile [folder]', 'measures stages and processes instead; writes CPU profiles to the folder')
  .option(
    '--instances <number>',
    'compares one with this many instances of each service instead',
    readInstances,
  )
  .option('--peers [names]', 'compares with other outboxes instead, or with those in the list')
  .option(
    '--growth [rows]',
    'compares these numbers of finished rows instead, such as 0,1000000,10000000',
    readSizes,
  )
  .option('--snapshot <minutes>', 'how long --growth places orders under a snapshot', readNumber, 10)
  .option('--json <file>', 'also writes the figures to a file')
  .option('--into <document>', 'also replaces the section of this measurement in the document')
  .option('--plots <folder>', 'also draws the plots of the main measurement as SVG')
  .addHelpText(
    'after',
    '\nThe data is in a temporary folder, which is removed at the end. TMPDIR chooses the disk.',
  )
  .action((options) => untilInterrupted((signal) => run(options, signal)));

await runCommand(command);
