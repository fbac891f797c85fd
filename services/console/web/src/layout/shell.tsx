import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { RunningStrip } from '../experiments/running-strip.tsx';
import { useNavigationCount } from '../ui/address.ts';
import { TitleBadge } from '../ui/title-badge.ts';
import { Banner } from './banner.tsx';
import { Footer } from './footer.tsx';
import { Health } from './health.tsx';
import { LiveSwitch } from './live-switch.tsx';
import { Mark } from './mark.tsx';
import { Navigation } from './navigation.tsx';
import { Preferences } from './preferences.tsx';
import { Search } from './search.tsx';
import styles from './shell.module.css';
import { useShellText } from './text.ts';
import { useBadge, useIncident } from './use-incident.ts';

/** Navigation, search, health and switches around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { t } = useShellText();
  const navigations = useNavigationCount();
  const [path] = useLocation();
  // The menu of narrow screens. Each navigation closes it.
  const [openAt, setOpenAt] = useState<number | null>(null);
  const isOpen = openAt === navigations;
  const incident = useIncident();
  const badge = useBadge(incident);
  return (
    <>
      <a className={styles.skip} href="#content">
        {t('skip')}
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.name}>
          <Mark />
          {t('name')}
        </Link>
        <Health />
        <button
          type="button"
          className={styles.menu}
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setOpenAt(isOpen ? null : navigations)}
        >
          {isOpen ? t('closeMenu') : t('menu')}
        </button>
        <div id="menu" className={styles.panel} data-open={isOpen}>
          <Search />
          <LiveSwitch />
          <Preferences />
          <Navigation />
        </div>
      </header>
      <RunningStrip />
      <main id="content" className={styles.main} tabIndex={-1}>
        <TitleBadge value={badge}>{children}</TitleBadge>
      </main>
      <Footer />
      {/* An experiment causes incidents, shows them itself, and has its buttons at the same place. */}
      <Banner incident={path.startsWith('/break/') ? null : incident} />
    </>
  );
}
