import { Link, useLocation } from 'wouter';
import { formatCount } from '../ui/number.ts';
import styles from './navigation.module.css';
import { useShellText } from './text.ts';
import { useStats } from './use-incident.ts';

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

/** `/orders/1` is within `/orders`, but not within `/`. */
const isWithin = (current: string, path: string) =>
  current === path || (path !== '/' && current.startsWith(`${path}/`));

/** Links to all pages. Dead letters carry their number. */
export function Navigation() {
  const { t, i18n } = useShellText();
  const [current] = useLocation();
  const stats = useStats().data;
  const dead = stats?.counts.DEAD ?? 0;
  return (
    <nav className={styles.nav} aria-label={t('navigation')}>
      <ul>
        {PAGES.map(([path, name]) => (
          <li key={path}>
            <Link to={path} aria-current={isWithin(current, path) ? 'page' : undefined}>
              {t(`pages.${name}`)}
              {name === 'deadLetters' ? (
                <span className={styles.count} hidden={dead === 0}>
                  {formatCount(dead, i18n.language, { atLeast: stats?.atLeast.includes('DEAD') })}
                </span>
              ) : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
