import { randomUUID } from 'node:crypto';
import type { OutboundMessage, Publisher, PublishOutcome } from '@lmt/messaging';
import { type BatchReport, leaseBatch, type PublishBatchOptions, publishBatch } from './publish-batch.js';
import type { Sql } from './sql.js';

export interface ScriptedPublisher extends Publisher {
  /** Acknowledged messages in order. */
  readonly sent: OutboundMessage[];
  /** The messages of each `publish` call. */
  readonly calls: (readonly OutboundMessage[])[];
  probes: number;
  /** Returns the outcome of a message. Default: acknowledged. */
  script: (message: OutboundMessage) => PublishOutcome | Promise<PublishOutcome>;
  /** If not null, probes fail with this reason. */
  down: string | null;
}

export const acknowledged: PublishOutcome = { status: 'acknowledged' };

/** An in-memory broker that follows the test's script. It keeps the order of each key. */
export function createScriptedPublisher(): ScriptedPublisher {
  return {
    topics: null,
    sent: [],
    calls: [],
    probes: 0,
    script: () => acknowledged,
    down: null,
    async publish(messages) {
      this.calls.push(messages);
      const outcomes: PublishOutcome[] = [];
      const unconfirmed = new Map<string, PublishOutcome>();
      for (const message of messages) {
        const outcome = unconfirmed.get(message.key) ?? (await this.script(message));
        if (outcome.status === 'acknowledged') this.sent.push(message);
        else if (outcome.status !== 'rejected') unconfirmed.set(message.key, outcome);
        outcomes.push(outcome);
      }
      return outcomes;
    },
    async probe() {
      this.probes += 1;
      if (this.down !== null) throw new Error(this.down);
    },
    async close() {},
  };
}

/** Returns options without jitter and with delays longer than any test. */
export function publishOptions(sql: Sql, publisher: Publisher): Omit<PublishBatchOptions, 'scan'> {
  return {
    sql,
    publisher,
    policy: { resultDeadlineMs: 600_000, baseMs: 60_000, capMs: 3_600_000 },
    batchSize: 500,
    leaseSeconds: 60,
    random: () => 0,
    newToken: randomUUID,
  };
}

/** Leases the messages that are due and publishes them. */
export async function publishDue(options: PublishBatchOptions): Promise<BatchReport> {
  return publishBatch(options, await leaseBatch(options));
}

/** Publishes until a claim finds nothing. */
export async function publishAll(options: PublishBatchOptions): Promise<BatchReport[]> {
  const reports: BatchReport[] = [];
  for (;;) {
    const report = await publishDue(options);
    if (report.claimed === 0) return reports;
    reports.push(report);
  }
}

/** Returns the messages of each key, in the order of their first publication. */
export function firstPublications(sent: readonly OutboundMessage[]): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { key, id } of sent) {
    const ids = byKey.get(key) ?? [];
    if (!ids.includes(id)) ids.push(id);
    byKey.set(key, ids);
  }
  return byKey;
}
