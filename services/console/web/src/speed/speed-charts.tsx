import type { SpeedView } from '@lmt/contracts';
import { Chart } from '../ui/chart.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/number.ts';
import { Panel } from '../ui/panel.tsx';
import { formatMs, Time } from '../ui/time.tsx';
import { isEnough } from './enough.ts';
import { PERCENTILES, type Percentile } from './read-choice.ts';
import styles from './speed.module.css';
import { useSpeedText } from './text.ts';

type Bucket = SpeedView['buckets'][number];

const COLOURS = { p50: '--good', p95: '--waiting', p99: '--bad' } as const;

const choose = (bucket: Bucket, percentile: Percentile) =>
  isEnough(percentile, bucket.messages) ? bucket[percentile] : null;

interface SpeedChartsProps {
  readonly speed: SpeedView;
  readonly minutes: number;
}

/** The percentiles, bucket by bucket. A bucket with few messages has its median only. */
export function SpeedCharts({ speed: { buckets }, minutes }: SpeedChartsProps) {
  const { t, i18n } = useSpeedText();
  const times = buckets.map(({ at }) => Date.parse(at) / 1_000);
  const count = (value: number) => formatCount(value, i18n.language);
  const filled = buckets.filter(({ messages }) => messages > 0).toReversed();
  return (
    <Panel title={t('overTime')}>
      <Chart
        label={t('chart', { minutes })}
        times={times}
        lines={PERCENTILES.map((percentile) => ({
          label: percentile,
          colour: COLOURS[percentile],
          values: buckets.map((bucket) => choose(bucket, percentile)),
        }))}
        format={formatMs}
      />
      <p className={styles.note}>{t('fewNote')}</p>
      <details className={styles.table}>
        <summary>{t('asTable')}</summary>
        <DataTable
          label={t('byTime')}
          rows={filled}
          rowKey={({ at }) => at}
          columns={[
            { id: 'at', header: t('time'), cell: ({ at }) => <Time at={at} /> },
            { id: 'count', header: t('count'), kind: 'number', cell: ({ messages }) => count(messages) },
            ...PERCENTILES.map((percentile) => ({
              id: percentile,
              header: percentile,
              kind: 'number' as const,
              cell: (bucket: Bucket) => {
                const ms = choose(bucket, percentile);
                return ms === null ? '–' : formatMs(ms);
              },
            })),
          ]}
        />
      </details>
    </Panel>
  );
}
