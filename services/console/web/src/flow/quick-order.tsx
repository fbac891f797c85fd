import { useMutation } from '@tanstack/react-query';
import { Button } from '../ui/button.tsx';
import { Announcement } from '../ui/notice.tsx';
import styles from './order-form.module.css';
import { PlacedOrderLine } from './placed-order-line.tsx';
import { sendOrder } from './send-orders.ts';
import { useFlowText } from './text.ts';
import { useStock } from './use-stock.ts';

/** Places an order with one click, with its answer beside the button. The form offers more. */
export function QuickOrder() {
  const { t } = useFlowText();
  const { sku } = useStock();
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => sendOrder({ body: { customerId: 'alice', items: [{ sku, quantity: 1 }] }, key: null }),
  });
  return (
    <>
      <Button tone="primary" disabled={isPending} onClick={() => mutate()}>
        {t('quick', { sku })}
      </Button>
      <Announcement>
        {data === undefined ? (
          error?.message
        ) : 'error' in data ? (
          <span className={styles.refused}>{data.error.message}</span>
        ) : (
          <PlacedOrderLine placed={data.placed} />
        )}
      </Announcement>
    </>
  );
}
