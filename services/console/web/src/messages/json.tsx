import { formatJson } from './format-json.ts';
import styles from './messages.module.css';

// A region that scrolls must take the focus, so that the keyboard can scroll it.
const reachable = { tabIndex: 0 };

/** A value as formatted JSON. It is text, whatever it contains. */
export function Json({ value }: { readonly value: unknown }) {
  return (
    <pre className={styles.json} {...reachable}>
      {formatJson(value)}
    </pre>
  );
}
