import type { MessageStatsView } from '@lmt/contracts';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from 'wouter';
import { formatCount } from '../ui/number.ts';
import { Status } from '../ui/status.tsx';
import { formatMs, Time } from '../ui/time.tsx';
import styles from './node.module.css';
import { toStages } from './stages.ts';
import { useFlowText } from './text.ts';

/** An unfinished message of this age is late: without an outage it takes less than a second. */
const LATE_SECONDS = 10;

/**
 * The message table in the drawing: the messages by status. Each row links to its messages. While the
 * table cannot be read, the box shows the time of its numbers.
 */
export function TableNode({ query }: { readonly query: UseQueryResult<MessageStatsView> }) {
  const { data: stats, error, dataUpdatedAt } = query;
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
  const discarded = stats?.counts.DISCARDED;
  const oldest = stats?.oldestUnfinishedSeconds ?? null;
  return (
    <div className={styles.table} data-old={error !== null}>
      <div className={styles.title}>
        <strong>{t('table')}</strong>
        <span className={styles.phase} data-late={(oldest ?? 0) > LATE_SECONDS}>
          {stats === undefined ? (
            error === null ? null : (
              t('unreadTable')
            )
          ) : error !== null ? (
            <>
              {t('unreadTable')}, {t('asOf')} <Time at={new Date(dataUpdatedAt).toISOString()} />
            </>
          ) : oldest === null ? (
            t('tableHint')
          ) : (
            t('oldest', { age: formatMs(oldest * 1_000) })
          )}
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
        <li data-status="DISCARDED" data-zero={discarded === 0}>
          <Link to="/messages?status=DISCARDED">
            {t('rows.discarded')}{' '}
            <b>{discarded === undefined ? '–' : formatCount(discarded, i18n.language)}</b>
          </Link>
        </li>
      </ul>
    </div>
  );
}
