import type { Page, StockMovementView } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { toQuery } from '../api/request.ts';
import { useSearchParams } from '../ui/address.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { formatCount } from '../ui/number.ts';
import { Pager } from '../ui/pager.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import styles from './stock.module.css';
import { useStockText } from './text.ts';

/** Every change of the stock, newest first, with its order or its reason. */
export function Movements({ sku }: { readonly sku: string }) {
  const { t, i18n } = useStockText();
  const params = useSearchParams();
  const query = toQuery({ limit: 25, cursor: params.get('cursor') });
  const { data, error } = useLiveQuery<Page<StockMovementView>>(
    `/stock/${encodeURIComponent(sku)}/movements${query}`,
  );
  if (data === undefined) return error === null ? <Loading /> : <Failure error={error} />;
  const signed = (delta: number) => `${delta > 0 ? '+' : '−'}${formatCount(Math.abs(delta), i18n.language)}`;
  return (
    <Panel title={t('movements')}>
      {data.items.length === 0 ? (
        <Empty title={t('noMovements')} />
      ) : (
        <DataTable
          label={t('movementsOf', { sku })}
          rows={data.items}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'at',
              header: t('time'),
              kind: 'tight',
              cell: ({ createdAt }) => <Time at={createdAt} date />,
            },
            { id: 'kind', header: t('kind'), cell: ({ kind }) => t(`kinds.${kind}`) },
            {
              id: 'delta',
              header: t('delta'),
              kind: 'number',
              cell: ({ delta }) => (
                <span className={delta > 0 ? styles.more : styles.less}>{signed(delta)}</span>
              ),
            },
            { id: 'why', header: t('why'), cell: (movement) => <Cause of={movement} /> },
          ]}
        />
      )}
      <Pager page={data} />
    </Panel>
  );
}

function Cause({ of: { orderId, reason, actor } }: { readonly of: StockMovementView }) {
  const { t } = useStockText();
  if (orderId !== null) return <Identifier of={orderId} short to={`/orders/${orderId}`} />;
  return (
    <>
      {reason} {actor ? <span className={styles.soft}>{t('by', { actor })}</span> : null}
    </>
  );
}
