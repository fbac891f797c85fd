import { appendHistorySql } from './history.js';
import { type MessageEvent, type MessageStatus, transition } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

/** What the consumer reported about a message. */
export interface MessageResult {
  readonly messageId: string;
  /** The key that the consumer saw; a result under another key is refused. */
  readonly key: string;
  readonly outcome: 'SUCCEEDED' | 'REJECTED' | 'FAILED';
  readonly reason?: string | undefined;
  readonly processedAt: string;
}

/**
 * What a result did.
 * - `applied`: the message changed its state by it; the caller now changes its own rows likewise.
 * - `duplicate`: the message had a result already, or this one says nothing new.
 * - `mismatch`: the message exists under another key.
 * - `unknown`: there is no such message (any more).
 * - `locked`: only with `skipLocked`: another transaction has the message, or there is no such one.
 */
export interface AppliedResult {
  readonly result: MessageResult;
  readonly status: 'applied' | 'duplicate' | 'mismatch' | 'unknown' | 'locked';
  /** The message's type, where it was applied. */
  readonly type: string | null;
  /** The state that the message came to, where it was applied. */
  readonly newStatus: MessageStatus | null;
}

export interface CompletionRules {
  /**
   * Types whose consumer may not say no. A REJECTED result is no end for them: the message is DEAD
   * with the consumer's reason, as after FAILED, and waits for a person.
   */
  readonly cannotBeRejected?: readonly string[];
  /** Leaves alone what other transactions have locked, instead of waiting for it. */
  readonly skipLocked?: boolean;
}

interface LockedRow {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly status: MessageStatus;
}

// Locked in one order, so that two callbacks about the same messages wait for each other instead of
// deadlocking.
const LOCK = `
SELECT m.id, m.key, m.type, m.status FROM outbox_messages m
WHERE m.id = ANY($1::uuid[]) ORDER BY m.id FOR UPDATE`;

// Looked up by each row, not joined: for a join the planner expects a hundred changes, and on a table of
// some ten thousand rows it reads all of them (4.4 ms and 1,200 pages for one result, instead of 0.1 ms).
const CHANGE = '($2::jsonb -> m.id::text)';
export const APPLY = `
UPDATE outbox_messages m
SET status = ${CHANGE} ->> 'status', result = ${CHANGE} -> 'result', lease_token = NULL, leased_until = NULL,
  completed_at = CASE WHEN ${CHANGE} ->> 'status' = 'COMPLETED' THEN now() END,
  last_error = CASE WHEN ${CHANGE} ->> 'status' = 'DEAD' THEN ${CHANGE} ->> 'reason' ELSE m.last_error END,
  history = CASE
    WHEN ${CHANGE} ->> 'status' = 'DEAD' THEN ${appendHistorySql('died', `'reason', ${CHANGE} ->> 'reason'`)}
    WHEN m.status = 'DEAD' THEN ${appendHistorySql('late-result', `'outcome', ${CHANGE} -> 'result' -> 'outcome'`)}
    ELSE m.history END
WHERE m.id = ANY($1::uuid[])`;

const EVENT_OF = { SUCCEEDED: 'succeeded', REJECTED: 'rejected', FAILED: 'failed' } as const satisfies Record<
  MessageResult['outcome'],
  MessageEvent
>;

function eventOf(
  { outcome }: MessageResult,
  type: string,
  cannotBeRejected: readonly string[],
): MessageEvent {
  return outcome === 'REJECTED' && cannotBeRejected.includes(type) ? 'failed' : EVENT_OF[outcome];
}

/**
 * Applies results in the caller's transaction, which must also carry what they mean for the
 * business: then a message is COMPLETED exactly when its effect is known on both sides. One answer
 * a result, in the order given. A message takes the first result that finishes it, also
 * inside one call; every later one is a `duplicate`.
 */
export async function completeMessages(
  tx: TransactionSql,
  results: readonly MessageResult[],
  { cannotBeRejected = [], skipLocked = false }: CompletionRules = {},
): Promise<AppliedResult[]> {
  const ids = [...new Set(results.map((result) => result.messageId))];
  const rows = await tx.$queryRawUnsafe<LockedRow[]>(skipLocked ? `${LOCK} SKIP LOCKED` : LOCK, ids);
  const messages = new Map(rows.map((row) => [row.id, { ...row }]));

  const changes = new Map<string, unknown>();
  async function applyChanges(): Promise<void> {
    if (changes.size === 0) return;
    await tx.$executeRawUnsafe(APPLY, [...changes.keys()], JSON.stringify(Object.fromEntries(changes)));
    changes.clear();
  }

  const answers: AppliedResult[] = [];
  for (const result of results) {
    const message = messages.get(result.messageId);
    if (message === undefined) {
      answers.push({ result, status: skipLocked ? 'locked' : 'unknown', type: null, newStatus: null });
      continue;
    }
    if (message.key !== result.key) {
      answers.push({ result, status: 'mismatch', type: null, newStatus: null });
      continue;
    }
    const next = transition(message.status, eventOf(result, message.type, cannotBeRejected));
    if (next === null) {
      answers.push({ result, status: 'duplicate', type: null, newStatus: null });
      continue;
    }
    // A success after a failure in one call: the failure is written first, so that it is on record.
    if (changes.has(message.id)) await applyChanges();
    message.status = next;
    const { outcome, reason, processedAt } = result;
    changes.set(message.id, {
      status: next,
      reason: reason ?? 'no reason was given',
      result: { outcome, reason, processedAt },
    });
    answers.push({ result, status: 'applied', type: message.type, newStatus: next });
  }
  await applyChanges();
  return answers;
}
