import { parser } from '@prometheus-io/lezer-promql';
import type { Metric } from './documented-metrics.js';

/** The labels of each series that Prometheus has. */
export type KnownSeries = ReadonlyMap<string, readonly string[]>;

// The labels that every metric of the services has.
const COMMON = ['service', 'job', 'instance'];

interface Selector {
  readonly name: string;
  readonly labels: string[];
}

interface Query {
  readonly selectors: readonly Selector[];
  /** The labels of by, without, on and ignoring. */
  readonly grouping: readonly string[];
  readonly valid: boolean;
}

export function parseQuery(text: string): Query {
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  let valid = true;
  parser.parse(text).iterate({
    enter(node) {
      const content = text.slice(node.from, node.to);
      const parent = node.node.parent?.name;
      if (node.type.isError) valid = false;
      else if (node.name === 'VectorSelector')
        selectors.push({ name: /^[\w:]*/.exec(content)?.[0] ?? '', labels: [] });
      else if (node.name === 'LabelName' && parent === 'GroupingLabels') grouping.push(content);
      else if (node.name === 'LabelName') selectors.at(-1)?.labels.push(content);
    },
  });
  return { selectors, grouping, valid };
}

/** Lists the series of the documented metrics, of the recording rules and of Prometheus itself. */
export function listSeries(metrics: readonly Metric[], recordings: ReadonlyMap<string, string>): KnownSeries {
  const series = new Map<string, readonly string[]>([['up', ['job', 'instance']]]);
  for (const { name, type, labels } of metrics) {
    const all = [...labels, ...COMMON];
    if (type !== 'histogram') series.set(name, all);
    else {
      for (const suffix of ['_sum', '_count']) series.set(name + suffix, all);
      series.set(`${name}_bucket`, [...all, 'le']);
    }
  }
  for (const [name, expression] of recordings)
    series.set(
      name,
      parseQuery(expression).grouping.filter((label) => label !== 'le'),
    );
  return series;
}

/** Returns the fault of the query: a wrong expression, an unknown series or a label that it lacks. */
export function findProblems(query: string, series: KnownSeries): string[] {
  const { selectors, grouping, valid } = parseQuery(query);
  const selected = selectors.flatMap(({ name }) => series.get(name) ?? []);
  return [
    ...(valid ? [] : [`not PromQL: ${query}`]),
    ...selectors.filter(({ name }) => !series.has(name)).map(({ name }) => `unknown series ${name}`),
    ...selectors.flatMap(({ name, labels }) =>
      labels
        .filter((label) => !series.get(name)?.includes(label))
        .map((label) => `${name} has no label ${label}`),
    ),
    ...grouping
      .filter((label) => !selected.includes(label))
      .map((label) => `no series has the label ${label}`),
  ];
}
