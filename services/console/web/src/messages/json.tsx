import { formatJson } from './format-json.ts';
import styles from './messages.module.css';

// A region that scrolls must take the focus, so that the keyboard can scroll it.
const reachable = { tabIndex: 0 };

/** A value as formatted JSON. It is text, whatever it contains. */
export function Json({ label, value }: { readonly label: string; readonly value: unknown }) {
  return (
    <section aria-label={label} {...reachable}>
      <pre className={styles.json}>{formatJson(value)}</pre>
    </section>
  );
}
