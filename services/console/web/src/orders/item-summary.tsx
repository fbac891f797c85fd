import type { OrderItem } from '@lmt/contracts';
import { Link } from 'wouter';
import styles from './orders.module.css';
import { useOrdersText } from './text.ts';

const SHOWN = 3;

/** The first items of an order, with links to their stock. */
export function ItemSummary({ items }: { readonly items: readonly OrderItem[] }) {
  const { t } = useOrdersText();
  return (
    <span className={styles.items}>
      {items.slice(0, SHOWN).map(({ sku, quantity }) => (
        <span key={sku} className={styles.clip}>
          {quantity} ×{' '}
          <Link to={`/stock/${encodeURIComponent(sku)}`}>
            <bdi>{sku}</bdi>
          </Link>
        </span>
      ))}
      {items.length > SHOWN ? <span>{t('more', { count: items.length - SHOWN })}</span> : null}
    </span>
  );
}
