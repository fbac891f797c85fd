// What each command does; its exit code.

import { userInfo } from 'node:os';
import { decideByFilter, decideById } from './decide.js';
import { describeList, describeMessage, describeStats } from './describe-messages.js';
import { findService } from './find-service.js';
import type { Message, OperatorsApi } from './operators-api.js';
import { ApiError, connectOperators } from './operators-api.js';
import type { Command, ListCommand } from './parse-command.js';
import { parseCommand } from './parse-command.js';
import { printable, printableJson } from './printable.js';
import { calledAs, commands, helpOf, UsageError } from './usage.js';

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadableStream;
  out: (text: string) => void;
  err: (text: string) => void;
  /** where a person is asked */
  prompts: NodeJS.WritableStream;
  /** whether a person can be asked */
  interactive: boolean;
  now: () => number;
}

const mostInOnePage = 200;

/** @returns 0: done; 1: refused, not found, not reached; 2: called wrongly */
export async function runCommand(args: string[], around: Surroundings): Promise<number> {
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

async function run(command: Command, around: Surroundings) {
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

async function listed(api: OperatorsApi, { filter, status, limit }: ListCommand) {
  const items: Message[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = {
      ...filter,
      limit: String(Math.min(mostInOnePage, limit - items.length)),
    };
    if (status !== null) query.status = status;
    if (cursor !== null) query.cursor = cursor;
    const page = await api.list(query);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return { items, nextCursor: cursor };
}

function checkedName(name: string) {
  if (name.length > 100 || printable(name) !== name)
    throw new UsageError('--by: expected up to 100 characters, without control characters');
  return name;
}

function userName(env: NodeJS.ProcessEnv) {
  try {
    return userInfo().username || 'operator';
  } catch {
    // A container's user may have no name.
    return env.USER || 'operator';
  }
}
