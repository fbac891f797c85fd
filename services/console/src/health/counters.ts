import type { ServiceName } from '../views.js';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Counters = Readonly<Record<string, number>>;

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the samples of one metric from the Prometheus text format. Skips values that are not finite. */
function readSamples(text: string, metric: string): Sample[] {
  const lines = text.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)$`, 'gm'));
  return [...lines].flatMap(([, labels = '', number]) => {
    const value = Number(number);
    if (!Number.isFinite(value)) return [];
    const entries = [...labels.matchAll(LABEL)].map(([, name = '', text = '']) => [name, text]);
    return [{ labels: Object.fromEntries(entries), value }];
  });
}

const sum = (samples: readonly Sample[]) => samples.reduce((total, { value }) => total + value, 0);

function sumBy(samples: readonly Sample[], label: string): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const name = labels[label];
    if (name !== undefined) totals[name] = (totals[name] ?? 0) + value;
  }
  return totals;
}

/** Answers 201 to POST /orders. A replayed answer counts too. */
function isPlaced({ labels }: Sample): boolean {
  return labels.method === 'POST' && labels.route === '/orders' && labels.status === '201';
}

const READERS: Readonly<Record<ServiceName, (text: string) => Counters>> = {
  order: (text) => ({
    placed: sum(readSamples(text, 'http_request_duration_seconds_count').filter(isPlaced)),
    results: sum(readSamples(text, 'outbox_results_total')),
    completed: sum(readSamples(text, 'outbox_completed_seconds_count')),
  }),
  relay: (text) => {
    const { first = 0, again = 0 } = sumBy(readSamples(text, 'outbox_published_total'), 'kind');
    return { published: first, republished: again, brokerUp: sum(readSamples(text, 'outbox_broker_up')) };
  },
  inventory: (text) => ({
    ...{ succeeded: 0, rejected: 0, duplicate: 0, failed: 0, dead_letter: 0 },
    ...sumBy(readSamples(text, 'inbox_messages_consumed_total'), 'outcome'),
  }),
};

/** Picks the counters that the page shows from the answer of /metrics. A missing metric counts 0. */
export const readCounters = (name: ServiceName, text: string): Counters => READERS[name](text);
