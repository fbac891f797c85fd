/** A curve, or a set of curves if the query returns several series. */
export interface Curve {
  readonly query: string;
  /** Grafana's template for the legend, such as `{{status}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** The meaning of the panel, and what to do. */
  readonly description: string;
  readonly kind: 'timeseries' | 'stat';
  /** A unit of Grafana: `s` is seconds, `ops` operations per second. */
  readonly unit: 'short' | 's' | 'ops' | 'bytes' | 'percentunit';
  readonly curves: readonly Curve[];
  /** The value from which a stat is red. */
  readonly redFrom?: number;
}

export interface Row {
  readonly question: string;
  readonly panels: readonly Panel[];
}

const curve = (legend: string, query: string): Curve => ({ legend, query });

const stat = (
  title: string,
  description: string,
  query: string,
  redFrom: number,
  unit: Panel['unit'] = 'short',
) => ({ title, description, kind: 'stat', unit, curves: [curve('', query)], redFrom }) satisfies Panel;

const chart = (title: string, unit: Panel['unit'], description: string, ...curves: Curve[]) =>
  ({ title, description, kind: 'timeseries', unit, curves }) satisfies Panel;

/** The rows of the board, each a question of docs/metrics.md. */
export const ROWS: readonly Row[] = [
  {
    question: 'Is every process able to work?',
    panels: [
      stat(
        'Failing checks',
        'Checks of /readyz that fail, in all processes. The log of the process names the reason.',
        'count(readiness_check_passing == 0) or vector(0)',
        1,
      ),
      stat(
        'Processes that do not answer',
        'Instances that Prometheus cannot reach.',
        'count(up{job=~"order|relay|inventory|console"} == 0) or vector(0)',
        1,
      ),
      stat(
        'Dead messages',
        'An operator must requeue or discard them.',
        'status:outbox_backlog_messages:max{status="DEAD"}',
        1,
      ),
      stat(
        'Oldest unfinished message',
        'A message is republished until its result has arrived.',
        'outbox_oldest_unfinished_seconds:max',
        600,
        's',
      ),
    ],
  },
  {
    question: 'Do orders complete, and how fast?',
    panels: [
      chart(
        'Orders and messages',
        'ops',
        'All lines are equal while the system keeps up.',
        curve(
          'orders placed',
          'sum(rate(http_request_duration_seconds_count{service="order", method="POST", route="/orders", status="201"}[5m]))',
        ),
        curve('published', 'kind:outbox_published:rate5m{kind="first"}'),
        curve('consumed', 'sum(outcome:inbox_messages_consumed:rate5m{outcome=~"succeeded|rejected"})'),
        curve('completed', 'outbox_completed:rate5m'),
      ),
      chart(
        'From commit to completion',
        's',
        'Above the deadline of a result (RESULT_DEADLINE_SECONDS, 10 s) messages are republished.',
        curve('median', 'outbox_completed_seconds:p50_5m'),
        curve('99th percentile', 'outbox_completed_seconds:p99_5m'),
      ),
      chart(
        'Time in each stage, 99th percentile',
        's',
        'The stage that grows with the completion time is the cause. claim: no relay or a backlog. deliver: no consumer or lag. process: a slow inventory database or locked stock.',
        curve('{{stage}}', 'stage:outbox_stage_seconds:p99_5m'),
      ),
      chart(
        'Requests, 99th percentile',
        's',
        'Duration of requests to the public ports.',
        curve('{{service}} {{method}} {{route}}', 'service_route:http_request_duration_seconds:p99_5m'),
      ),
    ],
  },
  {
    question: 'What waits, and where?',
    panels: [
      chart(
        'Unfinished messages',
        'short',
        'PENDING waits for the relay or Kafka. PUBLISHED waits for the inventory or its result.',
        curve('{{status}}', 'status:outbox_backlog_messages:max'),
        curve('of unknown topics', 'max(outbox_unknown_topic_messages)'),
      ),
      chart(
        'Consumer lag',
        'short',
        'Records that the inventory has not committed, by partition.',
        curve('partition {{partition}}', 'partition:inbox_consumer_lag_messages:max'),
      ),
      chart(
        'Results and dead letters that wait',
        'short',
        'Results wait for the order service, dead letters for their topic. Both are in memory.',
        curve('results, {{instance}}', 'inbox_results_waiting'),
        curve('dead letters, {{instance}}', 'inbox_dead_letters_held'),
      ),
    ],
  },
  {
    question: 'Does anything fail repeatedly?',
    panels: [
      chart(
        'Repetitions and failures of the relay',
        'ops',
        'republished: no result arrived by the deadline. stale: a result arrived first, or a lease had expired.',
        curve('republished', 'kind:outbox_published:rate5m{kind="again"}'),
        curve('failed', 'sum(rate(outbox_publish_failed_total[5m]))'),
        curve('blocked', 'sum(rate(outbox_publish_blocked_total[5m]))'),
        curve('stale', 'sum(rate(outbox_fenced_total[5m]))'),
        curve('dead', 'sum(rate(outbox_dead_total[5m]))'),
      ),
      chart(
        'Outcomes at the inventory',
        'ops',
        'failed and dead_letter need an operator. locked: another database session holds rows.',
        curve('{{outcome}}', 'outcome:inbox_messages_consumed:rate5m'),
      ),
      chart(
        'Results at the order service',
        'ops',
        'mismatch, unknown and invalid are rejected. locked and unsupported are retried.',
        curve('{{status}}', 'status:outbox_results:rate5m'),
      ),
      chart(
        'Answers with an error',
        'ops',
        'Answers of the public ports with a status from 400.',
        curve('{{service}} {{status}}', 'service_status:http_requests:rate5m{status=~"[45].."}'),
      ),
      chart(
        'Purge',
        'ops',
        'Finished messages are purged after RETENTION_HOURS.',
        curve('purged', 'sum(rate(outbox_purged_total[5m]))'),
        curve('failed purges', 'sum(rate(outbox_purge_failed_total[5m]))'),
      ),
    ],
  },
  {
    question: 'Is a process at its limit?',
    panels: [
      chart(
        'CPU',
        'percentunit',
        '1 is a core.',
        curve('{{service}} {{instance}}', 'rate(process_cpu_seconds_total{service!=""}[5m])'),
      ),
      chart(
        'Memory',
        'bytes',
        'Resident memory.',
        curve('{{service}} {{instance}}', 'process_resident_memory_bytes{service!=""}'),
      ),
      chart(
        'Delay of the event loop, 99th percentile',
        's',
        'An idle process shows 0.1 s, the sampling interval. More than 0.5 s: too little CPU time.',
        curve('{{service}} {{instance}}', 'nodejs_eventloop_lag_p99_seconds{service!=""}'),
      ),
      chart(
        'Use of the database pools',
        'percentunit',
        'Share of the connections of a pool that are busy.',
        curve(
          '{{service}} {{pool}} {{instance}}',
          'database_pool_connections{state="busy"} / ignoring (state) database_pool_max_connections',
        ),
      ),
      chart(
        'Waiting for a database connection',
        'short',
        'Above 0 for minutes: the database is slow, or the pool is too small.',
        curve('{{service}} {{pool}} {{instance}}', 'database_pool_waiting_requests'),
      ),
    ],
  },
];
