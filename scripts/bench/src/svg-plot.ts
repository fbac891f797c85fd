// Draws a line plot as SVG, readable on a light and on a dark page.

export interface Series {
  readonly name: string;
  /** In ascending order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A logarithmic axis has no 0. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 400;
const AREA = { left: 72, right: 680, top: 76, bottom: 344 };
const TICKS = 5;
/** Series differ in colour and in dashes. */
const DASHES = ['none', '7 4', '2 4', '10 3 2 3', '14 4', '4 2 1 2'];

const STYLE = `
svg { --page: #ffffff; --text: #1f2328; --grid: #d1d9e0; --s0: #0b62b8; --s1: #b83a0b; --s2: #1a7f37; --s3: #7a2fc4;
  --s4: #7d4e00; --s5: #bf3989; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --text: #f0f6fc; --grid: #3d444d; --s0: #79b8ff; --s1: #ffab70; --s2: #7ee787; --s3: #d2a8ff;
    --s4: #e3b341; --s5: #ff9bce; }
}
text { font: 13px system-ui, sans-serif; fill: var(--text); }
.title { font-size: 16px; font-weight: 600; }
.grid { stroke: var(--grid); }
.line { fill: none; stroke-width: 2; }`;

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Returns round values from 0 to at least `max`. */
export function linearTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const raw = max / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const count = Math.ceil((max / step) * 0.999);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Returns the powers of ten that enclose the values. */
export function logTicks(min: number, max: number): number[] {
  const first = Math.floor(Math.log10(min));
  const last = Math.max(first + 1, Math.ceil(Math.log10(max)));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

interface Axis {
  readonly ticks: readonly number[];
  /** Returns the share of the axis from 0 to 1. */
  readonly place: (value: number) => number;
}

function createAxis(values: readonly number[], scale: 'linear' | 'log'): Axis {
  const isLog = scale === 'log';
  const ticks = isLog ? logTicks(Math.min(...values), Math.max(...values)) : linearTicks(Math.max(...values));
  const transform = isLog ? Math.log10 : (value: number) => value;
  const [from, to] = [transform(ticks[0] ?? 0), transform(ticks.at(-1) ?? 1)];
  return { ticks, place: (value) => (transform(value) - from) / (to - from) };
}

const formatTick = (value: number) =>
  value >= 1e6 ? `${value / 1e6}M` : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

const round = (value: number) => value.toFixed(1);

export function drawPlot({
  title,
  xLabel,
  yLabel,
  xScale = 'linear',
  yScale = 'linear',
  series,
}: Plot): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new Error(`the plot "${title}" has no point`);
  const x = createAxis(
    points.map(([value]) => value),
    xScale,
  );
  const y = createAxis(
    points.map(([, value]) => value),
    yScale,
  );
  const toX = (value: number) => round(AREA.left + x.place(value) * (AREA.right - AREA.left));
  const toY = (value: number) => round(AREA.bottom - y.place(value) * (AREA.bottom - AREA.top));

  const rows = y.ticks.map(
    (tick) =>
      `<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${toY(tick)}" y2="${toY(tick)}"/>` +
      `<text x="${AREA.left - 8}" y="${toY(tick)}" dy="4" text-anchor="end">${formatTick(tick)}</text>`,
  );
  const columns = x.ticks.map(
    (tick) =>
      `<line class="grid" x1="${toX(tick)}" x2="${toX(tick)}" y1="${AREA.top}" y2="${AREA.bottom}"/>` +
      `<text x="${toX(tick)}" y="${AREA.bottom + 20}" text-anchor="middle">${formatTick(tick)}</text>`,
  );
  const lines = series.map((one, index) => {
    const colour = `var(--s${index % DASHES.length})`;
    const path = one.points.map(([px, py]) => `${toX(px)},${toY(py)}`).join(' ');
    const marks = one.points.map(
      ([px, py]) => `<circle cx="${toX(px)}" cy="${toY(py)}" r="3.5" style="fill: ${colour}"/>`,
    );
    const style = `stroke: ${colour}; stroke-dasharray: ${DASHES[index % DASHES.length]}`;
    return `<polyline class="line" style="${style}" points="${path}"/>${marks.join('')}`;
  });
  const width = (AREA.right - AREA.left) / series.length;
  const legend = series.map((one, index) => {
    const from = AREA.left + index * width;
    const style = `stroke: var(--s${index % DASHES.length}); stroke-dasharray: ${DASHES[index % DASHES.length]}`;
    return (
      `<line class="line" style="${style}" x1="${round(from)}" x2="${round(from + 28)}" y1="54" y2="54"/>` +
      `<text x="${round(from + 36)}" y="58">${escapeXml(one.name)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" style="fill: var(--page)"/>
<text class="title" x="${AREA.left}" y="28">${escapeXml(title)}</text>
${[...legend, ...rows, ...columns, ...lines].join('\n')}
<text x="${(AREA.left + AREA.right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escapeXml(xLabel)}</text>
<text transform="translate(18 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>
</svg>
`;
}
