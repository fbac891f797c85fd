/** A metric, with its own labels. Each metric also has the labels `service`, `job` and `instance`. */
export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

export interface DocumentedMetric extends Metric {
  /** The services that have the metric. */
  readonly services: readonly string[];
}

const SERVICES = ['order', 'relay', 'inventory', 'console'];
const ROW = /^\| `(\w+)(?:\{([\w, ]+)\})?` \| (counter|gauge|histogram) \| ([\w, ]+) \|/gm;

const splitList = (text = '') =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** Reads the rows `name{labels}`, type, services of docs/metrics.md. */
export function readDocumentedMetrics(markdown: string): DocumentedMetric[] {
  return [...markdown.matchAll(ROW)].map(([, name = '', labels, type = '', services = '']) => ({
    name,
    type,
    labels: splitList(labels),
    services: services === 'all' ? SERVICES : splitList(services),
  }));
}
