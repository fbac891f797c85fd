import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '@lmt/stack';
import { describe, expect, it } from 'vitest';
import { findProblems } from './check-query.fixture.js';
import { knownSeries, rules, ruleTests } from './rule-files.fixture.js';

const page = readFileSync(join(root, 'docs/metrics.md'), 'utf8');
const named = rules.map((rule) => [rule.record ?? rule.alert ?? '', rule] as const);

describe('the rules for Prometheus', () => {
  it.each(named)('%s reads series and labels that exist', (_, { expr }) => {
    expect(findProblems(expr, knownSeries)).toEqual([]);
  });

  it('are described in docs/metrics.md with their severity', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (page|ticket) \|/gm)].map(([, alert, severity]) => [
      alert,
      severity,
    ]);
    const defined = rules.filter(({ alert }) => alert !== undefined);
    expect(rows).toEqual(defined.map(({ alert, labels }) => [alert, labels?.severity]));
  });

  it('have no window shorter than the one that docs/connect/prometheus.md names', () => {
    const guide = readFileSync(join(root, 'docs/connect/prometheus.md'), 'utf8');
    const windows = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/\[(\w+)\]/g)].map(([, window = '']) => Number(/^(\d+)m$/.exec(window)?.[1])),
    );
    expect(guide).toContain(
      `The shortest window of the rules and the board is ${Math.min(...windows)} minutes`,
    );
  });

  const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));

  it.each(alerts)('a test of promtool makes %s fire, and another one does not', (alert) => {
    const fires = new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`);
    expect(ruleTests).toMatch(fires);
    expect(ruleTests).toContain(`alertname: ${alert} }`);
  });
});

// Not a skipped test, because `npm test` must be complete on a machine without Prometheus.
if (spawnSync('promtool', ['--version']).status === 0)
  it('the rules and their tests pass promtool', () => {
    const command = fileURLToPath(new URL('../dist/promtool.js', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [command], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });

describe('findProblems', () => {
  it.each([
    ['sum by (status) (rate(outbox_results_total{status="applied"}[5m]))', []],
    ['histogram_quantile(0.9, sum by (le, stage) (rate(outbox_stage_seconds_bucket[5m])))', []],
    ['sum(rate(outbox_result_total[5m]))', ['unknown series outbox_result_total']],
    ['outbox_stage_seconds', ['unknown series outbox_stage_seconds']],
    ['outbox_results_total{outcome="applied"}', ['outbox_results_total has no label outcome']],
    ['sum by (stage) (outbox_dead_total)', ['no series has the label stage']],
    ['rate(outbox_dead_total[5m)', ['not PromQL: rate(outbox_dead_total[5m)']],
  ])('%s', (query, problems) => {
    expect(findProblems(query, knownSeries)).toEqual(problems);
  });
});
