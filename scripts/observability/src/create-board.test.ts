import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@lmt/stack';
import { describe, expect, it } from 'vitest';
import { findProblems } from './check-query.fixture.js';
import { createBoard } from './create-board.js';
import { definedMetrics } from './defined-metrics.fixture.js';
import { ROWS } from './panels.js';
import { knownSeries, rules } from './rule-files.fixture.js';

const panels = ROWS.flatMap((row) => row.panels);

describe('the Grafana board', () => {
  it('is the one that npm run board writes', () => {
    const file = readFileSync(join(root, 'observability/grafana/boards/local-message-table.json'), 'utf8');
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(createBoard())));
  });

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s reads series and labels that exist',
    (_, panel) => {
      for (const { query, legend } of panel.curves) {
        expect(findProblems(query, knownSeries)).toEqual([]);
        const legendLabels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const labels = [...knownSeries].filter(([name]) => query.includes(name)).flatMap(([, own]) => own);
        expect(labels).toEqual(expect.arrayContaining(legendLabels));
      }
    },
  );

  it('shows every metric of the services, or a rule does', () => {
    const queries = [
      ...panels.flatMap(({ curves }) => curves.map(({ query }) => query)),
      ...rules.map(({ expr }) => expr),
    ];
    const unused = definedMetrics.filter(({ name }) => !queries.some((query) => query.includes(name)));
    // The check `broker` and the note on lower bounds are for the console and for operators.
    expect(unused.map(({ name }) => name).sort()).toEqual(['outbox_backlog_capped', 'outbox_broker_up']);
  });

  it('names the data source that Grafana is provisioned with', () => {
    const file = join(root, 'observability/grafana/provisioning/datasources/datasources.yml');
    const [, uid] = /uid: (\w+)\n +type: prometheus$/m.exec(readFileSync(file, 'utf8')) ?? [];
    const named = [...JSON.stringify(createBoard()).matchAll(/"uid":"(\w+)"}/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set([uid]));
  });

  it('places no panel over another one', () => {
    const cells = createBoard().panels.flatMap((panel) => {
      const { x, y, w, h } = (panel as { gridPos: { x: number; y: number; w: number; h: number } }).gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});
