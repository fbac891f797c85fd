import type { OrderView, PlacedOrder } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { Status } from '../ui/status.tsx';
import styles from './order-form.module.css';
import { useFlowText } from './text.ts';

/** The placed order as it is now. */
export const usePlacedOrder = ({ id }: PlacedOrder) => useLiveQuery<OrderView>(`/orders/${id}`).data;

/** A placed order with its present status. */
export function PlacedOrderLine({ placed }: { readonly placed: PlacedOrder }) {
  const { t } = useFlowText();
  const order = usePlacedOrder(placed);
  return (
    <span className={styles.line}>
      {t('answers.order')} <Identifier of={placed.id} to={`/orders/${placed.id}`} short />
      <Status of={order?.status ?? placed.status} />
    </span>
  );
}
