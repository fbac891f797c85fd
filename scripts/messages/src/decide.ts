// requeue and discard.
import { confirm } from './confirm.js';
import { describeDeadLetters } from './describe-messages.js';
import type { DeadLetter, OperatorsApi } from './operators-api.js';
import { ApiError } from './operators-api.js';
import type { DecisionCommand } from './parse-command.js';
import { counted, plural, printable, printableJson } from './printable.js';
import type { Surroundings } from './run-command.js';
import { UsageError } from './usage.js';
export type ById = Extract<DecisionCommand, { ids: string[] }>;
export type ByFilter = Extract<DecisionCommand, { limit: number }>;

const done = { requeue: 'requeued', discard: 'discarded' };
const mostInOne = 1_000;

const keptDead = (refused: number) =>
  refused === 1
    ? '1 cancellation stays DEAD: requeue it instead'
    : `${plural(refused, 'cancellation')} stay DEAD: requeue them instead`;

/**
 * One after the other; what is refused does not stop the rest, a service that does not answer does.
 *
 * @returns exit code
 */
export async function decideById(
  api: OperatorsApi,
  { name, ids, reason, json }: ById,
  { out, err }: Surroundings,
): Promise<number> {
  const items: { id: string; outcome: string; [field: string]: unknown }[] = [];
  let failed = false;
  for (const id of ids) {
    try {
      const message = await api.decide(name, id, reason);
      items.push({ id, outcome: done[name], message });
      if (!json) out(`${id}  ${done[name]}`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 400) throw error;
      failed = true;
      err(printable(error.message));
      const unanswered = error.status === null || error.status === 401 || error.status >= 500;
      items.push({
        id,
        outcome: unanswered ? 'unknown' : 'refused',
        status: error.status,
        detail: error.message,
      });
      if (unanswered) {
        const left = ids.length - items.length;
        if (left > 0) err(`${plural(left, 'message')} after ${id} ${left === 1 ? 'was' : 'were'} not tried`);
        break;
      }
    }
  }
  if (json) out(printableJson({ items }));
  return failed ? 1 : 0;
}

/**
 * The count of a dry run bounds what is changed: a message that dies again at once is not taken again.
 *
 * @returns exit code
 */
export async function decideByFilter(
  api: OperatorsApi,
  command: ByFilter,
  { out, err, interactive, stdin, prompts }: Surroundings,
): Promise<number> {
  const { name, filter, limit, reason, json, dryRun, yes } = command;
  if (!dryRun && !yes && !interactive) throw new UsageError('--yes is missing: nobody can be asked here');

  const preview = await api.decideInBulk(name, { filter, limit: Math.min(limit, mostInOne), dryRun: true });
  const { matched, refused } = preview;
  const wanted = Math.min(limit, matched - refused);
  const kept = refused === 0 ? '' : `; ${keptDead(refused)}`;
  const fit = `${plural(matched, 'DEAD message')} ${matched === 1 ? 'fits' : 'fit'}`;
  if (dryRun) {
    if (json) out(printableJson(preview));
    else {
      if (wanted > 0) out(describeDeadLetters(preview.items, wanted));
      out(`${fit}, ${counted(wanted)} would be ${done[name]}${kept}`);
    }
    return 0;
  }
  if (wanted > 0 && !yes) {
    err(describeDeadLetters(preview.items, wanted));
    err(fit + kept);
    if (!(await confirm(`${name} ${plural(wanted, 'message')}?`, stdin, prompts))) {
      err('nothing was changed');
      return 1;
    }
  }

  const items: DeadLetter[] = [];
  let more = false;
  try {
    while (items.length < wanted) {
      const most = Math.min(mostInOne, wanted - items.length);
      const answer = await api.decideInBulk(name, { filter, limit: most, reason });
      items.push(...answer.items);
      more = answer.more;
      if (answer.changed === 0) break;
    }
  } catch (error) {
    if (items.length > 0) err(`${plural(items.length, 'message')} had been ${done[name]} before this:`);
    throw error;
  }
  if (json) {
    out(printableJson({ matched, changed: items.length, refused, dryRun: false, items, more }));
  } else {
    if (items.length > 0 && yes) out(describeDeadLetters(items, items.length));
    out(`${fit}, ${counted(items.length)} ${items.length === 1 ? 'was' : 'were'} ${done[name]}${kept}`);
  }
  return refused > 0 ? 1 : 0;
}
