import styles from './status.module.css';

const TONES: Readonly<Record<string, string | undefined>> = {
  PENDING: styles.waiting,
  PUBLISHED: styles.sent,
  COMPLETED: styles.good,
  CONFIRMED: styles.good,
  SUCCEEDED: styles.good,
  RESERVED: styles.good,
  REJECTED: styles.warned,
  CANCELLING: styles.waiting,
  CANCELLED: styles.quiet,
  RELEASED: styles.quiet,
  DISCARDED: styles.quiet,
  DEAD: styles.bad,
  FAILED: styles.bad,
};

/** The status of an order, a message, a reservation or a result, as the API names it. */
export function Status({ of }: { readonly of: string }) {
  return <span className={`${styles.status} ${TONES[of] ?? styles.quiet}`}>{of}</span>;
}
