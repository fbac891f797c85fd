import { useEffect, useRef } from 'react';
import styles from './chart.module.css';
import { type Line, Plot, type Scale } from './plot.ts';
import { useUiText } from './text.ts';

interface ChartProps {
  /** Describes the chart. The page must show its values in a table too, for screen readers. */
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly height?: number;
  readonly scale?: Scale;
}

/** A chart over time. Import it from lazily loaded pages only: it brings uPlot along. */
export function Chart({ label, times, lines, format, height = 200, scale = 'any' }: ChartProps) {
  const { t, i18n } = useUiText();
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(null);
  useEffect(() => {
    if (element.current === null) return;
    const created = new Plot(element.current);
    plot.current = created;
    return () => created.destroy();
  }, []);
  useEffect(() =>
    plot.current?.draw({
      times,
      lines,
      format,
      height,
      scale,
      timeLabel: t('time'),
      language: i18n.language,
    }),
  );
  return <div ref={element} className={styles.chart} role="img" aria-label={label} />;
}
