// Parses the arguments of npm run messages and prints its help.
import {
  type ListMessagesQuery,
  listMessagesQuery,
  MESSAGE_STATUSES,
  type MessageStatus,
  operatorName,
  uuid,
} from '@lmt/contracts';
import { type Command, createCommand, Option, printable } from '@lmt/terminal';
import type { Verb } from './operators-api.js';
import { addCommonOptions, addFilterOptions, option, parseAs, parseLimit, textOption } from './options.js';
import type { Terminal } from './run-messages.js';

/** The values of the options, as commander passes them. */
interface Options {
  readonly json?: true;
  readonly url?: string;
  readonly status?: MessageStatus;
  readonly type?: string;
  readonly key?: string;
  readonly after?: string;
  readonly before?: string;
  readonly error?: string;
  readonly limit?: number;
  readonly all?: true;
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

export interface MessagesCommand extends Options {
  readonly name: 'list' | 'show' | 'trace' | 'stats' | 'actions' | Verb;
  /** Without duplicates. Empty for `list`, `stats`, and a decision by filter. */
  readonly ids: readonly string[];
  readonly filter: Pick<ListMessagesQuery, 'type' | 'key' | 'createdAfter' | 'createdBefore' | 'error'>;
  readonly limit: number;
}

const FILTER_OPTIONS = ['type', 'key', 'after', 'before', 'error'];
const NOT_WITH_IDS = [...FILTER_OPTIONS, 'all', 'limit', 'dryRun'];
const DEFAULT_LIMIT = 50;

const parseId = parseAs(uuid);
const parseOperator = parseAs(operatorName);
const parseStatus = (value: string) => parseAs(listMessagesQuery.shape.status)(value.toUpperCase());

// An error message repeats the wrong argument, which may contain control characters.
const toPrintable = (text: string) => text.trimEnd().split('\n').map(printable).join('\n');

/**
 * Parses the arguments. Prints the requested help, or an error message about a wrong argument.
 *
 * @throws {CommanderError} after printing the help or the error message
 */
export function parseArguments(
  args: readonly string[],
  { out, err, now }: Pick<Terminal, 'out' | 'err' | 'now'>,
): MessagesCommand {
  let parsed: MessagesCommand | undefined;
  function accept(name: MessagesCommand['name'], options: Options, ids: readonly string[] = []) {
    const { type, key, after: createdAfter, before: createdBefore, error, all } = options;
    const filter = { type, key, createdAfter, createdBefore, error };
    const defaultLimit =
      (name === 'list' || name === 'actions') && !all ? DEFAULT_LIMIT : Number.POSITIVE_INFINITY;
    parsed = { ...options, name, ids: [...new Set(ids)], filter, limit: options.limit ?? defaultLimit };
  }
  const program = createCommand('messages', "The order service's message table, for operators.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out(toPrintable(text)),
      writeErr: (text) => err(toPrintable(text)),
    })
    .showHelpAfterError('(--help shows the usage)')
    .addHelpText('after', '\nExit 0: done. 1: refused, not found or unreachable. 2: wrong arguments.');

  addCommonOptions(addFilterOptions(program.command('list').summary('lists messages'), now()))
    .description('Lists messages, newest first.')
    .addOption(option('--status <status>', MESSAGE_STATUSES.join(', '), parseStatus))
    .addOption(option('--limit <n>', `at most this many (default: ${DEFAULT_LIMIT})`, parseLimit))
    .addOption(new Option('--all', 'no limit').conflicts('limit'))
    .action((options: Options) => accept('list', options));

  addCommonOptions(program.command('show').summary('shows a message'))
    .description('Shows a message with its payload, its result and its history.')
    .argument('<id>', 'id of the message', parseId)
    .action((id: string, options: Options) => accept('show', options, [id]));

  addCommonOptions(program.command('trace').summary("shows a message's way through both services"))
    .description(
      'Shows each step of a message with its time: at the order service, the relay, the broker and the inventory.',
    )
    .argument('<id>', 'id of the message, or of an order for all its messages', parseId)
    .addHelpText(
      'after',
      "The inventory's steps need INVENTORY_INTERNAL_URL and INVENTORY_ADMIN_TOKEN or the running demo.",
    )
    .action((id: string, options: Options) => accept('trace', options, [id]));

  addCommonOptions(program.command('actions').summary("lists operators' decisions"))
    .description("Lists operators' decisions, newest first. They remain when the message is purged.")
    .argument('[id]', 'id of a message', parseId)
    .addOption(option('--limit <n>', `at most this many (default: ${DEFAULT_LIMIT})`, parseLimit))
    .action((id: string | undefined, options: Options) => accept('actions', options, id ? [id] : []));

  addCommonOptions(program.command('stats').summary('counts messages by status'))
    .description('Counts messages by status and shows the age of the oldest unfinished one.')
    .action((options: Options) => accept('stats', options));

  const addDecision = (name: Verb, noun: string, summary: string, description: string) =>
    addCommonOptions(addFilterOptions(program.command(name).summary(summary), now()))
      .description(`${description}\nGive ids, or a filter, or --all for every ${noun}.`)
      .argument('[id...]', `ids of ${noun}s`, (id, ids: string[] = []) => [...ids, parseId(id)])
      .addOption(new Option('--all', `every ${noun}`).conflicts(FILTER_OPTIONS))
      .addOption(option('--limit <n>', 'at most this many, the oldest first', parseLimit))
      .addOption(
        textOption(
          '--reason <text>',
          name === 'discard'
            ? 'recorded with the decision'
            : 'recorded with the decision; optional only with ids',
        ),
      )
      .addOption(
        option(
          '--by <name>',
          'name recorded with the decision, unless the token has a name (default: the user of this machine)',
          parseOperator,
        ),
      )
      .option('--dry-run', 'show the selected messages without changing them')
      .option('-y, --yes', 'do not ask for confirmation')
      .action((ids: string[], options: Options, command: Command) => {
        const isGiven = (option: string) => command.getOptionValue(option) !== undefined;
        if (ids.length > 0) {
          const misplaced = command.options.find(
            (option) => NOT_WITH_IDS.includes(option.attributeName()) && isGiven(option.attributeName()),
          );
          if (misplaced) command.error(`error: ${misplaced.long} cannot be used with ids`);
        } else if (!options.all && !FILTER_OPTIONS.some(isGiven)) {
          command.error(`error: no message selected: give ids, or a filter, or --all for every ${noun}`);
        }
        const needsReason = ids.length > 0 ? name === 'discard' : !options.dryRun;
        if (needsReason && !options.reason) command.error('error: --reason is missing');
        accept(name, options, ids);
      });

  addDecision(
    'requeue',
    'DEAD message',
    'republishes DEAD messages',
    'Republishes DEAD messages. Repair the cause of their failure first.',
  );
  addDecision(
    'discard',
    'DEAD message',
    'discards DEAD messages permanently',
    "Discards DEAD messages permanently. Discarding a placement cancels its order. A cancellation can't be discarded.",
  );

  addDecision(
    'send-now',
    'waiting message',
    'sends waiting messages now',
    'Makes PENDING and PUBLISHED messages due now if they back off or wait for their result.',
  );

  program.parse([...args], { from: 'user' });
  if (!parsed) throw new Error('no command was parsed');
  return parsed;
}
