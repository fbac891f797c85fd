// What each command does; its exit code.
import { userInfo } from 'node:os';
import { decideByFilter, decideById } from './decide.mjs';
import { describeList, describeMessage, describeStats } from './describe-messages.mjs';
import { findService } from './find-service.mjs';
import { ApiError, connectOperators } from './operators-api.mjs';
import { parseCommand } from './parse-command.mjs';
import { printable, printableJson } from './printable.mjs';
import { calledAs, commands, helpOf, UsageError } from './usage.mjs';

/**
 * @typedef {object} Surroundings
 * @property {NodeJS.ProcessEnv} env
 * @property {NodeJS.ReadableStream} stdin
 * @property {(text: string) => void} out
 * @property {(text: string) => void} err
 * @property {NodeJS.WritableStream} prompts where a person is asked
 * @property {boolean} interactive whether a person can be asked
 * @property {() => number} now
 */

const mostInOnePage = 200;

/**
 * @param {string[]} args
 * @param {Surroundings} around
 * @returns {Promise<number>} 0: done; 1: refused, not found, not reached; 2: called wrongly
 */
export async function runCommand(args, around) {
  try {
    return await run(parseCommand(args, around.now()), around);
  } catch (error) {
    if (error instanceof UsageError) {
      const [name = ''] = args;
      const command = commands.includes(name) ? `${name} ` : '';
      around.err(`${printable(error.message)}\n${calledAs(around.env)} ${command}--help says more`);
      return 2;
    }
    if (!(error instanceof ApiError)) throw error;
    around.err(printable(error.message));
    return error.status === 400 ? 2 : 1;
  }
}

/** @param {import('./parse-command.mjs').Command} command @param {Surroundings} around */
async function run(command, around) {
  const { env, out, now } = around;
  if (command.name === 'help') {
    out(helpOf(command.of, env));
    return 0;
  }
  const by = 'by' in command && command.by !== null ? checkedName(command.by) : userName(env);
  const api = connectOperators(await findService(command.url, env), by);
  if (command.name === 'requeue' || command.name === 'discard') {
    return 'ids' in command ? decideById(api, command, around) : decideByFilter(api, command, around);
  }
  if (command.name === 'list') {
    const { items, nextCursor } = await listed(api, command);
    out(
      command.json ? printableJson({ items, nextCursor }) : describeList(items, nextCursor !== null, now()),
    );
  } else if (command.name === 'show') {
    const message = await api.show(command.id);
    out(command.json ? printableJson(message) : describeMessage(message, now()));
  } else {
    const stats = await api.stats();
    out(command.json ? printableJson(stats) : describeStats(stats));
  }
  return 0;
}

/** @param {import('./operators-api.mjs').OperatorsApi} api @param {import('./parse-command.mjs').ListCommand} command */
async function listed(api, { filter, status, limit }) {
  /** @type {import('./operators-api.mjs').Message[]} */
  const items = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {Record<string, string>} */
    const query = { ...filter, limit: String(Math.min(mostInOnePage, limit - items.length)) };
    if (status !== null) query.status = status;
    if (cursor !== null) query.cursor = cursor;
    const page = await api.list(query);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, nextCursor: cursor };
}

/** @param {string} name */
function checkedName(name) {
  if (name.length > 100 || printable(name) !== name)
    throw new UsageError('--by: expected up to 100 characters, without control characters');
  return name;
}

/** @param {NodeJS.ProcessEnv} env */
function userName(env) {
  try {
    return userInfo().username || 'operator';
  } catch {
    // A container's user may have no name.
    return env.USER || 'operator';
  }
}
