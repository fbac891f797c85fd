import type { MessageStatsView } from '@lmt/contracts';
import { Link } from 'wouter';
import { formatCount } from '../ui/number.ts';
import { Status } from '../ui/status.tsx';
import { formatMs } from '../ui/time.tsx';
import styles from './node.module.css';
import { toStages } from './stages.ts';
import { useFlowText } from './text.ts';

/** The message table in the drawing: the messages by status. Each row links to its messages. */
export function TableNode({ stats }: { readonly stats: MessageStatsView | undefined }) {
  const { t, i18n } = useFlowText();
  const stages = stats && toStages(stats);
  const rows = [
    { status: 'PENDING', label: t('rows.waiting'), count: stages?.waiting, to: '/messages?status=PENDING' },
    {
      status: 'PUBLISHED',
      label: t('rows.published'),
      count: stages?.published,
      to: '/messages?status=PUBLISHED',
    },
    {
      status: 'COMPLETED',
      label: t('rows.completed'),
      count: stats?.counts.COMPLETED,
      to: '/messages?status=COMPLETED',
    },
    { status: 'DEAD', label: t('rows.dead'), count: stats?.counts.DEAD, to: '/dead-letters' },
  ] as const;
  const oldest = stats?.oldestUnfinishedSeconds ?? null;
  return (
    <div className={styles.table}>
      <div className={styles.title}>
        <strong>{t('table')}</strong>
        <span className={styles.phase}>
          {oldest === null ? t('tableHint') : t('oldest', { age: formatMs(oldest * 1_000) })}
        </span>
      </div>
      <ul>
        {rows.map(({ status, label, count, to }) => (
          <li key={status} data-status={status} data-zero={count === 0}>
            <Link to={to}>
              <span>
                <Status of={status} />
                <span className={styles.label}>{label}</span>
              </span>
              <b>
                {count === undefined
                  ? '–'
                  : formatCount(count, i18n.language, { atLeast: stats?.atLeast.includes(status) })}
              </b>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
