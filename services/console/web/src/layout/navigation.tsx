import type { MessageStatsView } from '@lmt/contracts';
import { useTranslation } from 'react-i18next';
import { NavLink } from 'react-router';
import { useLiveQuery } from '../api/live.tsx';
import { formatCount } from '../ui/number.ts';
import styles from './navigation.module.css';

const PAGES = [
  ['/', 'flow'],
  ['/orders', 'orders'],
  ['/messages', 'messages'],
  ['/dead-letters', 'deadLetters'],
  ['/decisions', 'decisions'],
  ['/stock', 'stock'],
  ['/speed', 'speed'],
  ['/break', 'break'],
  ['/verify', 'verify'],
] as const;

/** Links to all pages. Dead letters carry their number. */
export function Navigation() {
  const { t, i18n } = useTranslation('shell');
  const stats = useLiveQuery<MessageStatsView>('/messages/stats', { everyMs: 2_000 }).data;
  const dead = stats?.counts.DEAD ?? 0;
  return (
    <nav className={styles.nav} aria-label={t('navigation')}>
      <ul>
        {PAGES.map(([path, name]) => (
          <li key={path}>
            <NavLink to={path} end={path === '/'}>
              {t(`pages.${name}`)}
              {name === 'deadLetters' && dead > 0 ? (
                <span className={styles.count}>
                  {formatCount(dead, i18n.language, { atLeast: stats?.atLeast.includes('DEAD') })}
                </span>
              ) : null}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
