// Formats a profile as Markdown.
import { markdownTable, milliseconds, percent, whole } from './format.js';
import type { Profile } from './profile.js';
import { formatMachine } from './report.js';
import { STAGE_NAMES } from './stages.js';

type Level = Profile['levels'][number];

/** One column for each level. */
const perLevel = <Row>(levels: readonly Level[], format: (level: Level, row: Row) => string) =>
  Object.fromEntries(
    levels.map((level) => [
      `${percent(level.share)}: ${whole(level.rate)}/s`,
      (row: Row) => format(level, row),
    ]),
  );

function formatStages({ levels }: Profile) {
  const table = markdownTable(STAGE_NAMES, {
    'stage, p50 / p99 ms': (name: string) => name,
    ...perLevel<string>(levels, ({ stages }, name) => {
      const stage = stages.find((candidate) => candidate.name === name);
      return stage ? `${milliseconds(stage.p50)} / ${milliseconds(stage.p99)}` : '-';
    }),
  });
  return `Stages of an order:\n\n${table}`;
}

function formatProcesses({ levels }: Profile) {
  const names = Object.keys(levels[0]?.cpuSeconds ?? {});
  const table = markdownTable(names, {
    'CPU us / waits per order': (name: string) => name,
    ...perLevel<string>(levels, ({ cpuSeconds, waits, orders }, name) => {
      const microseconds = ((cpuSeconds[name] ?? 0) * 1e6) / orders;
      return `${whole(microseconds)} / ${((waits[name] ?? 0) / orders).toFixed(2)}`;
    }),
  });
  return `CPU time and voluntary context switches per order by process:\n\n${table}`;
}

function formatDatabase({ levels }: Profile) {
  const figures = [
    { name: 'commits per order', read: ({ commits, orders }: Level) => (commits / orders).toFixed(2) },
    { name: 'WAL bytes per order', read: ({ walBytes, orders }: Level) => whole(walBytes / orders) },
  ];
  const table = markdownTable(figures, {
    database: ({ name }) => name,
    ...perLevel<(typeof figures)[number]>(levels, (level, { read }) => read(level)),
  });
  return `The database:\n\n${table}`;
}

function formatStatements({ levels }: Profile) {
  const level = levels.at(-1);
  if (!level || level.statements.length === 0) return 'pg_stat_statements is not available.';
  const { orders } = level;
  const table = markdownTable(level.statements, {
    statement: ({ query }) => `\`${query}\``,
    'us per order': ({ milliseconds: ms }) => ((ms * 1_000) / orders).toFixed(1),
    'calls per order': ({ calls }) => (calls / orders).toFixed(2),
    'rows per call': ({ rows, calls }) => (rows / calls).toFixed(1),
    'buffers per row': ({ buffers, rows }) => (buffers / Math.max(1, rows)).toFixed(1),
    'WAL bytes per order': ({ walBytes }) => whole(walBytes / orders),
  });
  return `Statements by time at ${whole(level.rate)} orders/s, of the order database and the inventory's:\n\n${table}`;
}

/** Modules below this share in every service are left out. */
const SMALLEST_SHARE = 0.02;

/** The level in the middle stands for the others. */
function formatModules({ levels }: Profile) {
  const level = levels[Math.floor(levels.length / 2)];
  if (!level || level.profiles.length === 0) return '';
  const shares = (module: string) =>
    level.profiles.map(({ modules }) => modules.find((one) => one.module === module)?.share ?? 0);
  const modules = [...new Set(level.profiles.flatMap((one) => one.modules.map(({ module }) => module)))]
    .map((module) => ({ module, largest: Math.max(...shares(module)) }))
    .filter(({ largest }) => largest >= SMALLEST_SHARE)
    .sort((a, b) => b.largest - a.largest);
  const columns = level.profiles.map(({ name }, index) => [
    name,
    ({ module }: (typeof modules)[number]) => percent(shares(module)[index] ?? 0),
  ]);
  const table = markdownTable(modules, {
    'own time of a module': ({ module }: (typeof modules)[number]) => module,
    ...Object.fromEntries(columns),
  });
  return `Shares of a service's CPU time at ${whole(level.rate)} orders/s, from its CPU profile:\n\n${table}`;
}

export function formatProfile(profile: Profile): string {
  const { maximum } = profile;
  const header = `${formatMachine(profile)}
The maximum is ${whole(maximum.perSecond)} completed orders/s at ${maximum.connections} connections.`;
  const sections = [formatStages, formatProcesses, formatModules, formatDatabase, formatStatements];
  return `\n${[header, ...sections.map((format) => format(profile))].filter(Boolean).join('\n\n')}`;
}
