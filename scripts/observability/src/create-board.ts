import { type Panel, ROWS, type Row } from './panels.js';

interface Position {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The width of Grafana's grid. */
const COLUMNS = 24;
const HEIGHTS = { row: 1, stat: 4, timeseries: 8 } as const;
const WIDTHS = { stat: 6, timeseries: 8 } as const;
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

function toPanel({ title, description, kind, unit, curves, redFrom }: Panel, id: number, gridPos: Position) {
  const steps = [
    { color: 'green', value: null },
    ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }]),
  ];
  return {
    id,
    title,
    description,
    type: kind,
    datasource: DATASOURCE,
    gridPos,
    targets: curves.map(({ query, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr: query,
      legendFormat: legend,
    })),
    fieldConfig: {
      defaults: { unit, min: 0, ...(kind === 'stat' ? { thresholds: { mode: 'absolute', steps } } : {}) },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'background' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}

/** Places the panels of a row from left to right, in as many lines as they need. */
function placePanels({ panels }: Row, top: number): { positions: Position[]; bottom: number } {
  const positions: Position[] = [];
  let [x, y, height] = [0, top, 0];
  for (const { kind } of panels) {
    const [w, h] = [WIDTHS[kind], HEIGHTS[kind]];
    if (x + w > COLUMNS) [x, y, height] = [0, y + height, 0];
    positions.push({ x, y, w, h });
    x += w;
    height = Math.max(height, h);
  }
  return { positions, bottom: y + height };
}

/** Creates the board's JSON, as Grafana's provisioning reads it. */
export function createBoard() {
  const panels: object[] = [];
  let y = 0;
  for (const row of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.question,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: HEIGHTS.row },
      panels: [],
    });
    const { positions, bottom } = placePanels(row, y + HEIGHTS.row);
    row.panels.forEach((panel, index) => {
      const position = positions[index];
      if (position !== undefined) panels.push(toPanel(panel, panels.length + 1, position));
    });
    y = bottom;
  }
  return {
    uid: 'local-message-table',
    title: 'Local message table',
    tags: ['outbox'],
    editable: false,
    schemaVersion: 39,
    time: { from: 'now-30m', to: 'now' },
    refresh: '15s',
    timezone: 'browser',
    annotations: {
      list: [
        {
          name: 'Alerts',
          datasource: DATASOURCE,
          enable: true,
          iconColor: 'red',
          expr: 'ALERTS{alertstate="firing"}',
          titleFormat: '{{alertname}}',
          textFormat: '{{service}} {{instance}} {{check}}',
        },
      ],
    },
    templating: { list: [] },
    panels,
  };
}
