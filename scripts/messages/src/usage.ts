// What the command line is, and what is wrong with one.
import { join } from 'node:path';
import { dataLocation } from '@lmt/demo';

/** The command was called wrongly; the message names what is wrong. */
export class UsageError extends Error {}

const filterHelp = `  --type TYPE      such as order.placed.v1
  --key KEY        the order's id
  --after TIME     written then or later: 2026-01-31, 2026-01-31T12:00:00Z, or an age: 90s, 30min, 2h, 7d
  --before TIME    written before then
  --error TEXT     a part of the last error`;

const everywhere = `  --json           one JSON document on stdout, for scripts (npm run adds lines of its own:
                   node scripts/messages.mjs ...)
  --url URL        the order service's internal port, else ORDER_INTERNAL_URL, else the running demo's;
                   the token is taken from ADMIN_TOKEN, for the demo from DEMO_FILE`;

const decisionHelp = (verb: 'requeue' | 'discard', about: string) => `MESSAGES ${verb} ID... [--reason TEXT]
MESSAGES ${verb} FILTER --reason TEXT [--yes]

${about}

What to ${verb}: ids, or every DEAD message that fits:
${filterHelp}
  --all            every DEAD message
  --limit N        the oldest N of them

  --reason TEXT    why, kept in the messages' history${verb === 'requeue' ? '; not needed with ids' : ''}
  --by NAME        who; the user of this machine unless given
  --dry-run        only show what a filter takes
  --yes            don't ask before a filter's messages are changed
${everywhere}`;

const help: Record<string, string> = {
  list: `MESSAGES list [FILTER]

Lists messages, the newest first.

  --status STATUS  PENDING, PUBLISHED, COMPLETED, DEAD or DISCARDED
${filterHelp}
  --limit N        at most N, 50 unless given
  --all            all of them
${everywhere}`,
  show: `MESSAGES show ID

Shows a message with its payload, its result and its history.

${everywhere}`,
  stats: `MESSAGES stats

Counts messages by status, and tells the age of the oldest unfinished one.

${everywhere}`,
  requeue: decisionHelp(
    'requeue',
    `Sends DEAD messages again, when what stopped them is repaired. Doing it twice is harmless: a message
that is not DEAD is left alone.`,
  ),
  discard: decisionHelp(
    'discard',
    `Gives DEAD messages up for good: they are never published again. The order of a discarded placement is
cancelled. A cancellation can't be discarded: requeue it.`,
  ),
};

const overview = `MESSAGES list | show | stats | requeue | discard
MESSAGES COMMAND --help

  list      messages by status, type, key, age or error
  show ID   one message with its payload, result and history
  stats     how many there are in each status
  requeue   send DEAD messages again
  discard   give DEAD messages up

Exit 0: done. 1: something was refused, not found or not reached. 2: called wrongly.`;

export const commands = Object.keys(help);

/** How it is called here: by npm, or by its own name, as in a container. */
export const calledAs = (env: NodeJS.ProcessEnv) =>
  env.npm_lifecycle_event === undefined ? 'messages' : 'npm run messages --';

/** @param command null: of all */
export function helpOf(command: string | null, env: NodeJS.ProcessEnv) {
  return ((command === null ? null : help[command]) ?? overview)
    .replaceAll('MESSAGES', calledAs(env))
    .replaceAll('DEMO_FILE', () => join(dataLocation(env), 'demo.json'));
}
