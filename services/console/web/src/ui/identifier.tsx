import { Link } from 'wouter';
import styles from './identifier.module.css';

interface IdentifierProps {
  readonly of: string;
  readonly to?: string;
  /** Shows the last characters only. UUIDs of version 7 begin alike. */
  readonly short?: boolean;
}

/** An id in monospace, as a link if there is a page for it. */
export function Identifier({ of, to, short = false }: IdentifierProps) {
  const text = short && of.length > 12 ? `…${of.slice(-8)}` : of;
  return to === undefined ? (
    <code className={styles.id} title={of}>
      {text}
    </code>
  ) : (
    <Link to={to} className={styles.id} title={of}>
      {text}
    </Link>
  );
}
