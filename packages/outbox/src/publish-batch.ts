import type { OutboundMessage, Publisher, PublishOutcome } from '@lmt/messaging';
import { backoffMs, failPoint } from '@lmt/resilience';
import { type ClaimedBatch, claimBatch } from './claim-batch.js';
import type { ClaimScan } from './claim-scan.js';
import type { ClaimedMessage } from './message.js';
import { markDead, markPublished, postpone, releaseLeases, scheduleRetry } from './record-outcomes.js';
import { nextAttemptInMs, postponementMs, type RetryPolicy } from './retry-policy.js';
import type { Sql } from './sql.js';

export interface PublishBatchOptions {
  readonly sql: Sql;
  readonly publisher: Publisher;
  readonly policy: RetryPolicy;
  readonly batchSize: number;
  readonly leaseSeconds: number;
  /** Default: every claim starts at the beginning. */
  readonly scan?: Pick<ClaimScan, 'claim'>;
  readonly random: () => number;
  /** Returns a new uuid. */
  readonly newToken: () => string;
}

/** An acknowledged message. It is republished after the delay unless a result arrives. */
export interface PublishedMessage {
  readonly message: ClaimedMessage;
  /** 1 for the first publication. */
  readonly attempt: number;
  /** Where the broker stored it, if it has positions. */
  readonly position?: string | undefined;
  readonly nextAttemptInMs: number;
}

export interface UnpublishedMessage {
  readonly message: ClaimedMessage;
  readonly reason: string;
}

/** A message that is retried after the delay. */
export interface DelayedMessage extends UnpublishedMessage {
  readonly nextAttemptInMs: number;
}

/** The outcomes of one claimed batch. */
export interface BatchReport {
  readonly claimed: number;
  /** When the broker answered, on the database's clock. Undefined if nothing was claimed. */
  readonly answeredAt?: Date;
  readonly published: readonly PublishedMessage[];
  readonly failed: readonly DelayedMessage[];
  /**
   * Messages whose partition or topic accepts none at present, although the broker answers. They
   * are postponed and no failure is counted. Other messages continue.
   */
  readonly blocked: readonly DelayedMessage[];
  readonly dead: readonly UnpublishedMessage[];
  /** Why the broker could not be reached, or null. The messages concerned stay unchanged. */
  readonly unavailable: string | null;
  /** True if another claim may find messages without a wake-up or tick. */
  readonly mayLeaveDue: boolean;
  /** Rows not written because the message was completed meanwhile or its lease had expired. */
  readonly staleWrites: number;
}

function toOutbound(message: ClaimedMessage): OutboundMessage {
  const { id, topic, key, type, headers } = message;
  return { id, topic, key, type, headers, time: message.createdAt, body: message.payload };
}

const toRow = ({ message, reason, nextAttemptInMs }: DelayedMessage) => ({
  id: message.id,
  delayMs: nextAttemptInMs,
  reason,
});

const LONGEST_REASON = 2_000;

/** Makes a foreign text safe for Postgres, which accepts neither NUL nor half a surrogate pair. */
function toStorable(reason: string): string {
  return reason.slice(0, LONGEST_REASON).replaceAll('\0', '\ufffd').toWellFormed();
}

/**
 * Sorts the broker's outcomes by the change to record. Pure except for `random`.
 *
 * Only the first unpublished PENDING message of a key is delayed, which postpones the later ones of
 * the key too. The later ones were not sent because of it, so no failure of theirs is counted.
 *
 * @param now in milliseconds on the relay's clock. Only the age of blocked messages depends on it.
 */
function sortOutcomes(
  messages: readonly ClaimedMessage[],
  outcomes: readonly PublishOutcome[],
  policy: RetryPolicy,
  random: () => number,
  now: number,
) {
  const published: PublishedMessage[] = [];
  const failed: DelayedMessage[] = [];
  const blocked: DelayedMessage[] = [];
  const dead: UnpublishedMessage[] = [];
  const waiting: ClaimedMessage[] = [];
  const delayedKeys = new Set<string>();
  let unavailable: string | null = null;
  messages.forEach((message, index) => {
    const outcome = outcomes[index] ?? { status: 'failed', reason: 'the broker reported no outcome' };
    const isPending = message.status === 'PENDING';
    if (outcome.status === 'acknowledged') {
      const attempt = message.attempts + 1;
      // The first publication after a requeue counts as new: it gets the result deadline, no
      // back-off.
      const repetition = isPending ? 1 : attempt;
      const { position } = outcome;
      const delay = nextAttemptInMs(policy, repetition, random());
      published.push({ message, attempt, position, nextAttemptInMs: delay });
    } else if (outcome.status === 'rejected' && isPending) {
      dead.push({ message, reason: toStorable(outcome.reason) });
    } else if (outcome.status === 'unavailable' && !outcome.destinationOnly) {
      unavailable = outcome.reason;
      waiting.push(message);
    } else if (isPending && delayedKeys.has(message.key)) {
      waiting.push(message);
    } else if (outcome.status === 'unavailable') {
      if (isPending) delayedKeys.add(message.key);
      const delay = postponementMs(now - message.createdAt.getTime(), random());
      blocked.push({ message, reason: toStorable(outcome.reason), nextAttemptInMs: delay });
    } else {
      // Also for a rejected message that was published before: its result may still arrive.
      if (isPending) delayedKeys.add(message.key);
      const delay = backoffMs(policy, message.failures + 1, random());
      failed.push({ message, reason: toStorable(outcome.reason), nextAttemptInMs: delay });
    }
  });
  return { published, failed, blocked, dead, waiting, unavailable };
}

/**
 * Messages that are leased to this relay. `mayLeaveDue` is also true if they were claimed before the
 * last batch was recorded.
 */
export interface LeasedBatch extends ClaimedBatch {
  readonly token: string;
  /** When the claim was sent, on this process's monotonic clock. */
  readonly startedAt: number;
}

/** Leases the messages that are due, under a token of their own. See `claimBatch`. */
export async function leaseBatch(options: PublishBatchOptions): Promise<LeasedBatch> {
  const token = options.newToken();
  const startedAt = performance.now();
  const batch = await claimBatch(options.sql, { ...options, topics: options.publisher.topics, token });
  return { ...batch, token, startedAt };
}

/**
 * Publishes leased messages and records the broker's outcomes. No transaction is open while
 * publishing. If the relay dies after the claim, the leases expire and another relay publishes. If
 * it dies after publishing, the messages are published twice and the inbox removes the duplicates.
 * No message is lost, because a row stays due until a result completes it.
 *
 * @param onStored called after the broker has stored all messages and before the outcomes are
 * recorded. Must not throw.
 * @throws when the database cannot be reached; nothing is then recorded and the leases expire
 */
export async function publishBatch(
  { sql, publisher, policy, random }: PublishBatchOptions,
  { messages, mayLeaveDue, token, startedAt }: LeasedBatch,
  onStored: () => void = () => {},
): Promise<BatchReport> {
  const [first] = messages;
  if (first === undefined) {
    return {
      claimed: 0,
      published: [],
      failed: [],
      blocked: [],
      dead: [],
      unavailable: null,
      mayLeaveDue,
      staleWrites: 0,
    };
  }

  // `claimedAt` is the start of the claim's transaction. The reply arrives some time later.
  const { claimedAt } = first;
  await failPoint('relay.afterClaim');
  const outcomes = await publisher.publish(messages.map(toOutbound));
  const publishedAt = new Date(claimedAt.getTime() + performance.now() - startedAt);
  await failPoint('relay.afterPublishBeforeMark');
  const sorted = sortOutcomes(messages, outcomes, policy, random, Date.now());

  const { published, failed, blocked, dead, waiting, unavailable } = sorted;
  if (published.length === messages.length) onStored();
  let recorded = 0;
  if (published.length > 0) {
    const publications = published.map(({ message, attempt, position, nextAttemptInMs }) => ({
      id: message.id,
      attempt,
      delayMs: nextAttemptInMs,
      position,
    }));
    recorded += await markPublished(sql, token, { claimedAt, publishedAt }, publications);
  }
  if (failed.length > 0) recorded += await scheduleRetry(sql, token, failed.map(toRow));
  if (blocked.length > 0) recorded += await postpone(sql, token, blocked.map(toRow));
  if (dead.length > 0) {
    recorded += await markDead(
      sql,
      token,
      dead.map((d) => ({ id: d.message.id, reason: d.reason })),
    );
  }
  if (waiting.length > 0) {
    recorded += await releaseLeases(
      sql,
      token,
      waiting.map((message) => message.id),
    );
  }
  return {
    claimed: messages.length,
    answeredAt: publishedAt,
    published,
    failed,
    blocked,
    dead,
    unavailable,
    mayLeaveDue,
    staleWrites: messages.length - recorded,
  };
}
