import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { describe, expect, it } from 'vitest';
import { defaultMetrics, definedMetrics } from './defined-metrics.fixture.js';
import { readDocumentedMetrics } from './documented-metrics.js';

const documented = readDocumentedMetrics(readFileSync(join(root, 'docs/metrics.md'), 'utf8'));
const isDefault = ({ name }: { readonly name: string }) => /^(nodejs|process)_/.test(name);
const sorted = <T extends { readonly name: string }>(metrics: readonly T[]) =>
  metrics.toSorted((one, other) => one.name.localeCompare(other.name));

describe('docs/metrics.md', () => {
  it('has the metrics of the services, with their types and labels', () => {
    const rows = documented
      .filter((metric) => !isDefault(metric))
      .map(({ services: _, ...metric }) => metric);
    expect(sorted(rows)).toEqual(sorted(definedMetrics));
  });

  it("has Node's own metrics", () => {
    const names = documented.filter(isDefault).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(defaultMetrics));
  });
});

it('a documented metric has a name, labels, a type and services', () => {
  const markdown = '| `a_total{one, two}` | counter | order, relay | text |\n| `b` | gauge | all | text |';
  expect(readDocumentedMetrics(markdown)).toEqual([
    { name: 'a_total', type: 'counter', labels: ['one', 'two'], services: ['order', 'relay'] },
    { name: 'b', type: 'gauge', labels: [], services: ['order', 'relay', 'inventory', 'console'] },
  ]);
});
