import {
  type MessageResult,
  type MessageResultsResponse,
  readMessageResult,
  type UnreadableResult,
} from '@lmt/contracts';
import { messageRoutes } from '@lmt/contracts/routes';
import type { SqlClient } from '@lmt/postgres';
import {
  addRoutes,
  type Logger,
  type Metrics,
  requireSignature,
  route,
  type Secrets,
} from '@lmt/service-kit';
import { isSampled, logFields, type Tracing } from '@lmt/tracing';
import type { Router } from 'express';
import { applyResults } from './apply-results.js';
import { createFaultLog, logResults } from './log-results.js';
import { createSpeedObserver } from './observe-speed.js';
import type { ProgressLog } from './progress-log.js';
import { traceResults } from './trace-results.js';

export interface ResultRoutesOptions {
  readonly database: SqlClient;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing | null;
  readonly progressLog: ProgressLog;
}

const STATUSES: readonly MessageResultsResponse['results'][number]['status'][] = [
  'applied',
  'duplicate',
  'mismatch',
  'unknown',
  'locked',
  'invalid',
  'unsupported',
];

const isReadable = (result: MessageResult | UnreadableResult): result is MessageResult =>
  !('status' in result);

/** Returns the trace fields of the log lines about a message whose trace is recorded. */
function toTraceFields(results: readonly MessageResult[]): (messageId: string) => object {
  const recorded = results.filter(({ traceparent }) => isSampled(traceparent));
  const traceparents = new Map(recorded.map(({ messageId, traceparent }) => [messageId, traceparent]));
  return (messageId) => logFields(traceparents.get(messageId));
}

/** Adds the internal route on which consumers report signed results. */
export function resultRoutes(
  router: Router,
  { database, secrets, logger, metrics, tracing, progressLog }: ResultRoutesOptions,
): void {
  const received = metrics.counter(
    { name: 'outbox_results_total', help: 'Results received, by effect', labelNames: ['status'] },
    STATUSES.map((status) => ({ status })),
  );
  const observeSpeed = createSpeedObserver(metrics);
  const logFaults = createFaultLog(logger);
  const reportResults = route(messageRoutes.reportResults, requireSignature(secrets, { logger })).answer(
    async ({ body: { results, sentAt } }) => {
      const read = results.map(readMessageResult);
      const readable = read.filter(isReadable);
      const outcome = await traceResults(tracing, readable, (results) =>
        applyResults(database, results, sentAt),
      );
      observeSpeed(outcome.applied);
      logResults(logger, outcome, tracing ? toTraceFields(readable) : undefined);
      progressLog.recordChanged(outcome.changed);
      const applied = outcome.applied.map(({ result: { messageId }, status }) => ({ messageId, status }));
      const answers = read.flatMap<MessageResultsResponse['results'][number]>((result) =>
        isReadable(result) ? applied.splice(0, 1) : [result],
      );
      logFaults(answers);
      for (const { status } of answers) received.inc({ status });
      return { status: 200, body: { results: answers } };
    },
  );
  addRoutes(router, [reportResults]);
}
