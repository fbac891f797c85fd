import type { OrdersPage, PlacedOrder } from '@lmt/contracts';
import { Link } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { toQuery } from '../api/request.ts';
import { Status } from '../ui/status.tsx';
import { countOutcomes } from './count-outcomes.ts';
import styles from './order-form.module.css';
import { useFlowText } from './text.ts';

/** The most orders that the form places. The list shows the newest orders of the customer. */
const LISTED = 200;

/** The outcomes of many orders of one customer. Each count leads to the orders. */
export function BulkOutcome({ placed }: { readonly placed: readonly PlacedOrder[] }) {
  const { t } = useFlowText();
  const customerId = placed[0]?.customerId;
  const orders = useLiveQuery<OrdersPage>(`/orders${toQuery({ customerId, limit: LISTED })}`).data;
  const outcomes = countOutcomes(
    placed.map(({ id }) => id),
    orders?.items ?? [],
  );
  return (
    <ul className={styles.counts} aria-label={t('answers.outcomes')}>
      {outcomes.map(({ status, reason, count }) => (
        <li key={`${status} ${reason}`} className={styles.line}>
          <Link to={`/orders${toQuery({ customerId, status })}`}>{t('answers.orders', { count })}</Link>
          <Status of={status} />
          {reason === null ? null : <bdi>{reason}</bdi>}
        </li>
      ))}
    </ul>
  );
}
