import type { ReactNode } from 'react';
import styles from './key-values.module.css';

interface KeyValuesProps {
  /** Entries whose value is null are left out. */
  readonly entries: readonly (readonly [term: string, value: ReactNode])[];
}

/** The properties of one thing, as a description list. */
export function KeyValues({ entries }: KeyValuesProps) {
  return (
    <dl className={styles.list}>
      {entries
        .filter(([, value]) => value !== null)
        .map(([term, value]) => (
          <div key={term} style={{ display: 'contents' }}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
