import UPlot, { type AlignedData, type Options, type Series } from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  readonly label: string;
  /** A custom property, such as `--good`. */
  readonly colour: `--${string}`;
  /** `steps`: each value holds until the next point. Default: straight lines with points. */
  readonly shape?: 'steps';
  readonly values: readonly (number | null)[];
}

/** `any`: from 0 on. `level`: whole numbers around the values. */
export type Scale = 'any' | 'level';

export interface PlotView {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly height: number;
  readonly language: string;
  /** Names the time in the legend. */
  readonly timeLabel: string;
  readonly scale: Scale;
}

const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
const FONT = '12px system-ui, sans-serif';
const CHARACTER_PX = 7;
/** Room at the right for the half of the last time that is beyond the axis. */
const HALF_TIME_PX = 28;

/** Draws lines into an element, in the page's colours and as wide as the element. */
export class Plot {
  readonly #element: HTMLElement;
  readonly #resizes: ResizeObserver;
  readonly #themes: MutationObserver;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  #chart: UPlot | null = null;
  #view: PlotView | null = null;
  #look = '';

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#resizes = new ResizeObserver(() => this.#resize());
    this.#resizes.observe(element);
    this.#themes = new MutationObserver(this.#redraw);
    this.#themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.#dark.addEventListener('change', this.#redraw);
  }

  draw(view: PlotView): void {
    const look = JSON.stringify([
      view.language,
      view.height,
      view.scale,
      view.lines.map(({ label, colour, shape }) => [label, colour, shape]),
    ]);
    this.#view = view;
    if (this.#chart === null || look !== this.#look) this.#create();
    else this.#chart.setData(toData(view));
    this.#look = look;
  }

  destroy(): void {
    this.#resizes.disconnect();
    this.#themes.disconnect();
    this.#dark.removeEventListener('change', this.#redraw);
    this.#chart?.destroy();
    this.#chart = null;
  }

  readonly #redraw = () => {
    if (this.#view !== null) this.#create();
  };

  #create(): void {
    if (this.#view === null) return;
    this.#chart?.destroy();
    const width = this.#element.clientWidth;
    this.#chart = new UPlot(toOptions(this.#view, width, this.#element), toData(this.#view), this.#element);
  }

  #resize(): void {
    const width = this.#element.clientWidth;
    if (this.#chart !== null && this.#view !== null && width > 0 && width !== this.#chart.width)
      this.#chart.setSize({ width, height: this.#view.height });
  }
}

const toData = ({ times, lines }: PlotView): AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

function toRange(scale: Scale, min: number, max: number): [number, number] {
  if (scale !== 'level') return [0, Math.max(max, 1) * 1.1];
  const margin = Math.max(1, (max - min) * 0.1);
  return [Math.max(0, min - margin), max + margin];
}

function toOptions(
  { lines, format, height, language, timeLabel, scale }: PlotView,
  width: number,
  element: HTMLElement,
): Options {
  const colour = (name: string) => resolveColour(name, element);
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' });
  const minute = new Intl.DateTimeFormat(language, { timeStyle: 'short', hourCycle: 'h23' });
  const formatTime = (seconds: number) => (seconds % 60 === 0 ? minute : time).format(seconds * 1_000);
  const axis = {
    stroke: colour('--text-soft'),
    font: FONT,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [null, HALF_TIME_PX, null, null],
    axes: [
      { ...axis, space: 70, size: 30, values: (_, splits) => splits.map(formatTime) },
      {
        ...axis,
        size: (_, labels) => 20 + CHARACTER_PX * Math.max(6, ...(labels ?? []).map(({ length }) => length)),
        values: (_, splits) => splits.map(format),
        ...(scale !== 'any' && { incrs: WHOLE_STEPS }),
      },
    ],
    scales: { y: { range: (_, min, max) => toRange(scale, min, max) } },
    series: [
      { value: (_, seconds) => (seconds === null ? '–' : time.format(seconds * 1_000)), label: timeLabel },
      ...lines.map((line): Series => toSeries(line, colour(line.colour), format)),
    ],
    cursor: { drag: { x: false, y: false } },
  };
}

function toSeries({ label, shape }: Line, stroke: string, format: PlotView['format']): Series {
  const series: Series = {
    label,
    stroke,
    width: 2,
    value: (_, value) => (value === null ? '–' : format(value)),
    points: { show: shape === undefined, size: 5, fill: stroke },
  };
  const paths = shape === 'steps' ? UPlot.paths.stepped?.({ align: 1 }) : undefined;
  return paths === undefined ? series : { ...series, paths };
}

/** The value of a custom property as a canvas understands it: without light-dark() and var(). */
function resolveColour(name: string, parent: HTMLElement): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  parent.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
