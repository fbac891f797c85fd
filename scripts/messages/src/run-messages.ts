// Runs a command of npm run messages.
import { userInfo } from 'node:os';
import {
  type ListMessagesQuery,
  MAX_PAGE_LIMIT,
  type MessageDetailView,
  type MessagesPage,
  type MessageView,
} from '@lmt/contracts';
import { ArgumentError, CommanderError, printable, printableJson } from '@lmt/terminal';
import { decideByFilter, decideById } from './decide.js';
import { describeActions, describeList, describeMessage, describeStats } from './describe-messages.js';
import { describeTraces } from './describe-timeline.js';
import { findInventory, findService } from './find-service.js';
import { listActions } from './list-actions.js';
import { ApiError, connectOperatorsApi, type OperatorsApi, WrongPortError } from './operators-api.js';
import { type MessagesCommand, parseArguments } from './parse-arguments.js';
import { traceMessages } from './trace.js';

export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream;
  /** Receives the confirmation question. Not stdout, which may be redirected to a file. */
  readonly prompts: NodeJS.WritableStream;
  /** Whether the operator can be asked for confirmation. */
  readonly isInteractive: boolean;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** @returns the exit code. 0: done. 1: refused, not found or unreachable. 2: wrong arguments */
export async function runMessages(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(args, terminal);
  } catch (error) {
    // commander has already printed its error message or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ArgumentError || error instanceof ApiError)) throw error;
    terminal.err(printable(error.message));
    return error instanceof ArgumentError || error.status === 400 ? 2 : 1;
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { env, out, now } = terminal;
  const command = parseArguments(args, terminal);
  const { name, ids } = command;
  const operator = { name: command.by ?? readUserName(env), isGiven: command.by !== undefined };
  const service = await findService(command.url, env);
  const api = connectOperatorsApi(service, operator, terminal.pause);
  const print = <T>(value: T, describe: (value: T) => string) =>
    out(command.json ? printableJson(value) : describe(value));

  switch (name) {
    case 'list':
      print(await listMessages(api, command, now), (page) => describeList(page, now()));
      return 0;
    case 'show':
      for (const id of ids) print(await showMessage(api, id), (message) => describeMessage(message, now()));
      return 0;
    case 'trace': {
      const found = await findInventory(service, env);
      const inventory = found && connectOperatorsApi(found, operator, terminal.pause);
      for (const id of ids)
        print(await traceMessages(api, inventory, id, now), (traces) => describeTraces(traces));
      return 0;
    }
    case 'actions':
      print(await listActions(api, ids[0], command.limit), (page) => describeActions(page, now()));
      return 0;
    case 'stats':
      print(await api.stats(), describeStats);
      return 0;
    default:
      return ids.length > 0
        ? decideById(api, name, command, terminal)
        : decideByFilter(api, name, command, terminal);
  }
}

async function showMessage(api: OperatorsApi, id: string): Promise<MessageDetailView> {
  try {
    return await api.show(id);
  } catch (error) {
    if (!(error instanceof ApiError) || error instanceof WrongPortError || error.status !== 404) throw error;
    throw new ApiError(404, `${error.message}. If it is the id of an order, trace ${id} shows its messages`);
  }
}

/** Without --all, a command that finds few messages stops reading after this time. */
const SEARCH_MS = 1_500;

async function listMessages(
  api: OperatorsApi,
  { filter, status, limit, all }: MessagesCommand,
  now: () => number,
): Promise<MessagesPage> {
  const startedAt = now();
  const items: MessageView[] = [];
  let page: MessagesPage = { items: [], nextCursor: null, complete: true, scannedTo: null };
  do {
    const query: ListMessagesQuery = {
      ...filter,
      limit: String(Math.min(MAX_PAGE_LIMIT, limit - items.length)),
      status,
      cursor: page.nextCursor ?? undefined,
    };
    page = await api.list(query);
    items.push(...page.items);
    if (!page.complete && !all && now() - startedAt > SEARCH_MS) break;
  } while (page.nextCursor && items.length < limit);
  return { ...page, items };
}

function readUserName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username || 'operator';
  } catch {
    // In a container the user may have no name.
    return env.USER || 'operator';
  }
}
