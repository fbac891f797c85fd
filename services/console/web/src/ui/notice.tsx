import type { ReactNode } from 'react';
import styles from './notice.module.css';

export type Tone = 'info' | 'good' | 'waiting' | 'bad';

/** A message that stands out from the page. `children` are elements, for example paragraphs. */
export function Notice({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <div className={`${styles.notice} ${styles[tone]}`}>{children}</div>;
}

/**
 * Screen readers read changes of its content aloud, politely. Render it before it has content:
 * they ignore a region that appears together with its text.
 */
export function Announcement({ children }: { readonly children: ReactNode }) {
  return <div role="status">{children}</div>;
}
