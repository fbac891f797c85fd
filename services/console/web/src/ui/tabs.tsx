import { Link } from 'wouter';
import { useSearchParams } from './address.ts';
import styles from './tabs.module.css';

export interface Tab {
  readonly id: string;
  readonly label: string;
}

interface TabsProps {
  /** Names the tabs for screen readers. */
  readonly label: string;
  /** The first one is shown when the URL names none. */
  readonly tabs: readonly [Tab, ...Tab[]];
}

/** The id of the tab that the URL names by `?tab=`, else of the first one. */
export function useTab(tabs: TabsProps['tabs']): string {
  const params = useSearchParams();
  const id = params.get('tab');
  return tabs.find((tab) => tab.id === id)?.id ?? tabs[0].id;
}

/** Links that choose a part of the page by `?tab=`. They drop the other parameters. */
export function Tabs({ label, tabs }: TabsProps) {
  const current = useTab(tabs);
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(({ id, label }, index) => (
        <Link
          key={id}
          to={index === 0 ? '?' : `?tab=${id}`}
          className={styles.tab}
          aria-current={id === current ? 'true' : undefined}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
