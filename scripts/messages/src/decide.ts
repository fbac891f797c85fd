// The commands requeue, discard and send-now.
import { createInterface } from 'node:readline/promises';
import { MAX_MESSAGES_IN_BULK, type MessagesInBulkResponse } from '@lmt/contracts';
import { ArgumentError, formatNumber, plural, printable, printableJson } from '@lmt/terminal';
import { type DeadLetter, describeDeadLetters } from './describe-messages.js';
import { ApiError, type OperatorsApi, type Verb, WrongPortError } from './operators-api.js';
import type { MessagesCommand } from './parse-arguments.js';
import type { Terminal } from './run-messages.js';

const DONE = { requeue: 'requeued', discard: 'discarded', 'send-now': 'sent now' } as const;
const NOUN = { requeue: 'DEAD message', discard: 'DEAD message', 'send-now': 'waiting message' } as const;

/**
 * Decides about the given messages one by one. A rejected request does not stop the rest,
 * but a failing service does.
 *
 * @returns the exit code
 */
export async function decideById(
  api: OperatorsApi,
  verb: Verb,
  { ids, reason, json }: MessagesCommand,
  { out, err }: Terminal,
): Promise<number> {
  const items: object[] = [];
  let hasFailed = false;
  for (const id of ids) {
    try {
      const message = await api.decide(verb, id, reason);
      items.push({ id, outcome: DONE[verb], message });
      if (!json) out(`${id}  ${DONE[verb]}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error instanceof WrongPortError || error.status === 400)
        throw error;
      hasFailed = true;
      const { status, message: detail } = error;
      err(printable(detail));
      const isUnknown = status === null || status === 401 || status >= 500;
      items.push({ id, outcome: isUnknown ? 'unknown' : 'refused', status, detail });
      if (!isUnknown) continue;
      const left = ids.length - items.length;
      if (left > 0) err(`${plural(left, 'message')} after ${id} ${left === 1 ? 'was' : 'were'} not tried`);
      break;
    }
  }
  if (json) out(printableJson({ items }));
  return hasFailed ? 1 : 0;
}

/**
 * Decides about the messages that match the filter. A dry run counts the matches first, and the
 * command changes at most that many. The service returns a cursor behind the changed messages, so a
 * requeued message that dies again at once is not requeued twice, even if the count is only a lower
 * bound.
 *
 * @returns the exit code
 */
export async function decideByFilter(
  api: OperatorsApi,
  verb: Verb,
  { filter, limit, reason, json, dryRun, yes }: MessagesCommand,
  terminal: Terminal,
): Promise<number> {
  const { out, err } = terminal;
  if (!dryRun && !yes && !terminal.isInteractive)
    throw new ArgumentError('--yes is missing: there is no terminal to ask for confirmation');

  const firstBatch = Math.min(limit, MAX_MESSAGES_IN_BULK);
  const preview = await api.decideInBulk(verb, { filter, limit: firstBatch, dryRun: true });
  const { matched, refused, complete } = preview;
  // If the count is incomplete, decide about all matches up to the limit.
  const wanted = !complete ? limit : Math.min(limit, matched - refused);
  const counted = Math.min(wanted, matched - refused);
  if (dryRun) {
    if (!json && counted > 0) out(describeDeadLetters(preview.items, counted));
    const change = `${atLeast(preview)}${formatNumber(counted)} would be ${DONE[verb]}`;
    out(json ? printableJson(preview) : summarise(verb, preview, change));
    return 0;
  }
  if (wanted > 0 && !yes) {
    err(describeDeadLetters(preview.items, counted));
    err(summarise(verb, preview));
    if (!(await confirm(`${verb} ${atLeast(preview)}${plural(counted, 'message')}?`, terminal))) {
      err('nothing was changed');
      return 1;
    }
  }

  const items: DeadLetter[] = [];
  let more = false;
  let cursor: string | undefined;
  try {
    while (items.length < wanted) {
      const batch = Math.min(MAX_MESSAGES_IN_BULK, wanted - items.length);
      const response = await api.decideInBulk(verb, { filter, limit: batch, reason, cursor });
      items.push(...response.items);
      more = response.more;
      cursor = response.nextCursor ?? undefined;
      if (cursor === undefined) break;
    }
  } catch (error) {
    if (items.length > 0) err(`${plural(items.length, 'message')} had been ${DONE[verb]} before this:`);
    throw error;
  }
  if (json) {
    out(printableJson({ matched, changed: items.length, refused, dryRun: false, items, more, complete }));
  } else {
    if (items.length > 0 && yes) out(describeDeadLetters(items, items.length));
    const change = `${formatNumber(items.length)} ${items.length === 1 ? 'was' : 'were'} ${DONE[verb]}`;
    out(summarise(verb, preview, change));
    if (complete && items.length < wanted)
      err(`${plural(wanted - items.length, 'message')} skipped: locked or changed by another transaction`);
  }
  return refused > 0 ? 1 : 0;
}

/** If the service has not read all messages, more may match. */
const atLeast = ({ complete }: MessagesInBulkResponse) => (complete ? '' : 'at least ');

/** @param change such as "3 were requeued" */
function summarise(verb: Verb, preview: MessagesInBulkResponse, change?: string): string {
  const { matched, refused } = preview;
  const matches = `${atLeast(preview)}${plural(matched, NOUN[verb])} ${matched === 1 ? 'matches' : 'match'}`;
  const summary = change ? `${matches}, ${change}` : matches;
  if (refused === 0) return summary;
  return refused === 1
    ? `${summary}; 1 cancellation stays DEAD: requeue it instead`
    : `${summary}; ${plural(refused, 'cancellation')} stay DEAD: requeue them instead`;
}

/** Asks the operator. Resolves with false if the input ends without an answer. */
async function confirm(question: string, { stdin, prompts }: Terminal): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: prompts });
  const ended = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  const answer = await Promise.race([prompt.question(`${question} [y/N] `), ended]);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
