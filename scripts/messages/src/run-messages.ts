// Runs a command of npm run messages.
import { userInfo } from 'node:os';
import { type ListMessagesQuery, MAX_PAGE_LIMIT, type MessageView } from '@lmt/contracts';
import { ArgumentError, CommanderError, printable, printableJson } from '@lmt/terminal';
import { decideByFilter, decideById } from './decide.js';
import { describeList, describeMessage, describeStats } from './describe-messages.js';
import { findService } from './find-service.js';
import { ApiError, connectOperatorsApi, type OperatorsApi } from './operators-api.js';
import { type ListCommand, type Output, parseArguments } from './parse-arguments.js';

export interface Terminal extends Output {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream;
  /** Shows the question of a confirmation. Not stdout, which may be redirected into a file. */
  readonly prompts: NodeJS.WritableStream;
  /** Whether the operator can be asked for confirmation. */
  readonly isInteractive: boolean;
  readonly now: () => number;
}

/** @returns the exit code. 0: done; 1: refused, not found or not reached; 2: wrong arguments */
export async function runMessages(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(args, terminal);
  } catch (error) {
    // commander has already printed the message, or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ArgumentError || error instanceof ApiError)) throw error;
    terminal.err(printable(error.message));
    return error instanceof ArgumentError || error.status === 400 ? 2 : 1;
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { env, out, now } = terminal;
  const command = parseArguments(args, now(), terminal);
  const operator = command.by ?? readUserName(env);
  const api = connectOperatorsApi(await findService(command.url, env), operator);
  const print = <T>(value: T, describe: (value: T) => string) =>
    out(command.json ? printableJson(value) : describe(value));

  if ('ids' in command) return decideById(api, command, terminal);
  if (command.name === 'requeue' || command.name === 'discard') return decideByFilter(api, command, terminal);
  if (command.name === 'list') {
    print(await listMessages(api, command), ({ items, nextCursor }) =>
      describeList(items, nextCursor !== null, now()),
    );
  } else if (command.name === 'show') {
    print(await api.show(command.id), (message) => describeMessage(message, now()));
  } else {
    print(await api.stats(), describeStats);
  }
  return 0;
}

async function listMessages(api: OperatorsApi, { filter, status, limit }: ListCommand) {
  const items: MessageView[] = [];
  let nextCursor: string | null = null;
  do {
    const query: ListMessagesQuery = {
      ...filter,
      limit: String(Math.min(MAX_PAGE_LIMIT, limit - items.length)),
      status,
      cursor: nextCursor ?? undefined,
    };
    const page = await api.list(query);
    items.push(...page.items);
    nextCursor = page.nextCursor;
  } while (nextCursor && items.length < limit);
  return { items, nextCursor };
}

function readUserName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username || 'operator';
  } catch {
    // The user of a container may have no name.
    return env.USER || 'operator';
  }
}
