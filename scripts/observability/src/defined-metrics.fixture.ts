import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetrics } from '@lmt/service-kit';
import { root } from '@lmt/stack';
import type { Metric } from './documented-metrics.js';

const FOLDERS = ['packages/service-kit/src', ...['order', 'relay', 'inventory', 'console'].map(toSource)];
const DEFINITION = /metrics\.(counter|gauge|histogram)\(/g;

function toSource(service: string): string {
  return `services/${service}/src`;
}

function readSources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

/** Reads the definitions from one source file. The text of each ends where the next one begins. */
function findDefinitions(source: string): Metric[] {
  const starts = [...source.matchAll(DEFINITION)];
  return starts.map(({ 1: type = '', index }, at) => {
    const text = source.slice(index, starts[at + 1]?.index);
    const [, labels = ''] = /labelNames: \[([^\]]*)\]/.exec(text) ?? [];
    return {
      name: /name: '(\w+)'/.exec(text)?.[1] ?? text,
      type,
      labels: [...labels.matchAll(/'(\w+)'/g)].map(([, label = '']) => label),
    };
  });
}

/** The metrics that the services define. */
export const definedMetrics = FOLDERS.flatMap(readSources).flatMap(findDefinitions);

/** Node's own metrics. Which of them exist depends on the operating system. */
export const defaultMetrics = createMetrics('test')
  .registry.getMetricsAsArray()
  .map(({ name }) => name);
