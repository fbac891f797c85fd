import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { load } from 'js-yaml';
import { listSeries } from './check-query.fixture.js';
import { readDocumentedMetrics } from './documented-metrics.js';

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

const prometheus = join(root, 'observability/prometheus');

function readAll(folder: string): string[] {
  const path = join(prometheus, folder);
  return readdirSync(path).map((file) => readFileSync(join(path, file), 'utf8'));
}

export const rules = readAll('rules').flatMap((text) =>
  (load(text) as RuleFile).groups.flatMap((group) => group.rules),
);
export const ruleTests = readAll('tests').join('\n');

const recordings = new Map(
  rules.flatMap(({ record, expr }) => (record === undefined ? [] : [[record, expr]])),
);
const documented = readDocumentedMetrics(readFileSync(join(root, 'docs/metrics.md'), 'utf8'));

/** Every series that a query may name. */
export const knownSeries = listSeries(documented, recordings);
