import type { Percentiles, SpeedView } from '@lmt/contracts';
import { formatCount } from '../ui/number.ts';
import { Panel } from '../ui/panel.tsx';
import { formatMs } from '../ui/time.tsx';
import { isEnough, toNeeded } from './enough.ts';
import styles from './speed.module.css';
import { useSpeedText } from './text.ts';

interface TotalProps {
  readonly total: Percentiles;
  readonly speed: SpeedView;
}

/** The percentiles of the whole way, each with its meaning. */
export function Total({ total, speed: { messages, bucketSeconds } }: TotalProps) {
  const { t, i18n } = useSpeedText();
  const figures = [
    ['p50', total.p50, t('half')],
    ['p95', total.p95, t('most')],
    ['p99', total.p99, t('nearlyAll')],
  ] as const;
  return (
    <Panel title={t('total')}>
      <dl className={styles.figures}>
        {figures.map(([name, ms, meaning]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={styles.figure}>{isEnough(name, messages) ? formatMs(ms) : '–'}</dd>
            <dd className={styles.note}>
              {isEnough(name, messages) ? meaning : t('needs', { messages: toNeeded(name) })}
            </dd>
          </div>
        ))}
      </dl>
      <p className={styles.note}>
        {t('sampled', { messages: formatCount(messages, i18n.language), seconds: bucketSeconds })}
      </p>
    </Panel>
  );
}
