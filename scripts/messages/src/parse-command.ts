// The command line as a command, or a UsageError that names what is wrong.
import { parseArgs } from 'node:util';
import { parseTime } from './parse-time.js';
import { commands, UsageError } from './usage.js';

export interface Filter {
  type?: string;
  key?: string;
  createdAfter?: string;
  createdBefore?: string;
  error?: string;
}
export type Common = { json: boolean; url: string | null };
export type ListCommand = Common & { name: 'list'; status: string | null; filter: Filter; limit: number };
export type ShowCommand = Common & { name: 'show'; id: string };
export type StatsCommand = Common & { name: 'stats' };
export type DecisionCommand = Common & {
  name: 'requeue' | 'discard';
  reason: string | null;
  by: string | null;
  dryRun: boolean;
  yes: boolean;
} & ({ ids: string[] } | { filter: Filter; limit: number });
export type HelpCommand = { name: 'help'; of: string | null };
export type Command = ListCommand | ShowCommand | StatsCommand | DecisionCommand | HelpCommand;

const statuses = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type Options = Record<string, { type: 'string' | 'boolean'; short?: string }>;
const common: Options = {
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};
const filterOptions: Options = {
  type: { type: 'string' },
  key: { type: 'string' },
  after: { type: 'string' },
  before: { type: 'string' },
  error: { type: 'string' },
  all: { type: 'boolean' },
  limit: { type: 'string' },
};
const decisionOptions: Options = {
  ...common,
  ...filterOptions,
  reason: { type: 'string' },
  by: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
};
const optionsOf: Record<string, Options> = {
  list: { ...common, ...filterOptions, status: { type: 'string' } },
  show: common,
  stats: common,
  requeue: decisionOptions,
  discard: decisionOptions,
};

/** @returns @throws {UsageError} */
export function parseCommand(args: string[], now: number): Command {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return { name: 'help', of: null };
  if (name === undefined) throw new UsageError(`which command? ${commands.join(', ')}`);
  const options = Object.hasOwn(optionsOf, name) ? optionsOf[name] : undefined;
  if (!options) throw new UsageError(`${name}: no such command; there are ${commands.join(', ')}`);
  const { values, positionals } = parseOptions(rest, options);
  if (values.help) return { name: 'help', of: name };

  const shared = { json: values.json === true, url: text(values, 'url') };
  if (name === 'requeue' || name === 'discard') return parseDecision(name, values, positionals, shared, now);
  if (name === 'show') return { ...shared, name, id: oneId(positionals) };
  if (positionals.length > 0) throw new UsageError(`${name} takes no argument: ${positionals[0]}`);
  if (name === 'list') {
    const { all, limit } = howMany(values);
    const filter = filterFrom(values, now);
    return { ...shared, name, status: statusFrom(values), filter, limit: all ? Infinity : (limit ?? 50) };
  }
  return { ...shared, name: 'stats' };
}

export type Values = Record<string, string | boolean | undefined>;

function parseOptions(args: string[], options: Options): { values: Values; positionals: string[] } {
  try {
    const { values, positionals, tokens } = parseArgs({
      args,
      options,
      allowPositionals: true,
      tokens: true,
    });
    const seen = new Set();
    for (const token of tokens) {
      if (token.kind !== 'option') continue;
      if (seen.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
      seen.add(token.name);
    }
    return { values: values as Values, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The first sentence names the option; what follows is advice about the others.
    throw new UsageError((error as Error).message.split(/\n|\. /)[0]);
  }
}

function text(values: Values, name: string) {
  const value = values[name];
  if (typeof value !== 'string') return null;
  if (value.trim() === '') throw new UsageError(`--${name}: expected a value`);
  return value;
}

function statusFrom(values: Values) {
  const status = text(values, 'status')?.toUpperCase() ?? null;
  if (status !== null && !statuses.includes(status))
    throw new UsageError(`--status ${values.status}: expected one of ${statuses.join(', ')}`);
  return status;
}

function howMany(values: Values) {
  const given = text(values, 'limit');
  if (given !== null && !/^[1-9][0-9]{0,8}$/.test(given))
    throw new UsageError(`--limit ${given}: expected a whole number from 1 on`);
  if (given !== null && values.all === true)
    throw new UsageError('--all and --limit: either the one or the other');
  return { all: values.all === true, limit: given === null ? null : Number(given) };
}

function filterFrom(values: Values, now: number): Filter {
  const [type, key, error] = ['type', 'key', 'error'].map((name) => text(values, name));
  const [after, before] = ['after', 'before'].map((name) => text(values, name));
  return {
    ...(type ? { type } : {}),
    ...(key ? { key } : {}),
    ...(after ? { createdAfter: parseTime('--after', after, now) } : {}),
    ...(before ? { createdBefore: parseTime('--before', before, now) } : {}),
    ...(error ? { error } : {}),
  };
}

function checkedId(id: string) {
  if (!uuid.test(id)) throw new UsageError(`${id}: expected the id of a message, a uuid`);
  return id.toLowerCase();
}

function oneId([id, ...others]: string[]) {
  if (id === undefined) throw new UsageError('show what? Give the id of a message');
  if (others.length > 0) throw new UsageError(`show takes one id: ${others[0]}`);
  return checkedId(id);
}

function parseDecision(
  name: 'requeue' | 'discard',
  values: Values,
  positionals: string[],
  shared: Common,
  now: number,
): DecisionCommand {
  const decision = {
    ...shared,
    name,
    reason: text(values, 'reason'),
    by: text(values, 'by'),
    dryRun: values['dry-run'] === true,
    yes: values.yes === true,
  };
  const filter = filterFrom(values, now);
  const limit = text(values, 'limit') === null ? Infinity : Number(howMany({ limit: values.limit }).limit);
  const filtered = Object.keys(filter).length > 0 || values.all === true;
  if (positionals.length > 0) {
    const wrong = ['type', 'key', 'after', 'before', 'error', 'all', 'limit', 'dry-run'].find(
      (option) => values[option],
    );
    if (wrong) throw new UsageError(`--${wrong} is not for messages that are named by their ids`);
    if (name === 'discard' && decision.reason === null)
      throw new UsageError('--reason is missing: why are they discarded?');
    return { ...decision, ids: [...new Set(positionals.map(checkedId))] };
  }
  if (!filtered) throw new UsageError(`${name} what? Give ids, or a filter, or --all for every DEAD message`);
  if (values.all === true && Object.keys(filter).length > 0)
    throw new UsageError('--all means every DEAD message: leave it out, or the filter');
  if (decision.reason === null && !decision.dryRun)
    throw new UsageError(
      `--reason is missing: why are they ${name === 'requeue' ? 'requeued' : 'discarded'}?`,
    );
  return { ...decision, filter, limit };
}
