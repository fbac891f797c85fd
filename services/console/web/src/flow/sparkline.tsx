import { computeRate, computeRates, type Series } from '../api/rates.ts';
import { formatRate } from '../ui/number.ts';
import styles from './sparkline.module.css';
import { useFlowText } from './text.ts';

const WINDOW_MS = 120_000;
const WIDTH = 240;
const HEIGHT = 40;

/** Messages completed per second over the last two minutes. */
export function Sparkline({ series }: { readonly series: Series }) {
  const { t } = useFlowText();
  const points = computeRates(series, 'order.completed');
  const now = computeRate(series, 'order.completed');
  const end = points.at(-1)?.at ?? 0;
  const most = Math.max(0, ...points.map(({ perSecond }) => perSecond));
  const highest = Math.max(1, most);
  const path = points
    .map(({ at, perSecond }, index) => {
      const x = WIDTH - ((end - at) / WINDOW_MS) * WIDTH;
      const y = HEIGHT - 1 - (perSecond / highest) * (HEIGHT - 3);
      return `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
  return (
    <div className={styles.chart}>
      <div className={styles.figure}>
        <span>{t('completedRate')}</span>
        <b>{now === null ? '–' : formatRate(now)}</b>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('sparkline')}
      >
        <path d={`M0 ${HEIGHT - 1}H${WIDTH}`} className={styles.base} />
        <path d={path} className={styles.line} />
      </svg>
      <div className={styles.scale}>
        <span>{t('chartWindow')}</span>
        <span>{most === 0 ? null : t('chartHighest', { rate: formatRate(most) })}</span>
      </div>
    </div>
  );
}
