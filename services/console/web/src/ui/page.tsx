import { type ReactNode, useContext, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { cameBack } from './address.ts';
import styles from './page.module.css';
import { TitleBadge } from './title-badge.ts';

interface PageProps {
  readonly title: string;
  /** Describes the page in one sentence. */
  readonly lead?: ReactNode;
  /** Controls at the right of the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

// The page that the browser opened gets no focus: the user starts at the top of the document.
let lastPath = window.location.pathname;

/**
 * The frame of every page: its heading, the document's title, its content. After a navigation the
 * heading gets the focus, so that the keyboard and screen readers continue there.
 */
export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const badge = useContext(TitleBadge);
  const [pathname] = useLocation();
  useEffect(() => {
    document.title = `${badge}${title} · Local message table`;
  }, [badge, title]);
  useEffect(() => {
    if (pathname === lastPath) return;
    lastPath = pathname;
    if (!cameBack()) window.scrollTo(0, 0);
    // The page may take a moment to load. A user who types in the search by then keeps the focus there.
    if (document.activeElement instanceof HTMLInputElement) return;
    heading.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      <div className={styles.header}>
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead === undefined ? null : <p className={styles.lead}>{lead}</p>}
        </div>
        {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </>
  );
}
