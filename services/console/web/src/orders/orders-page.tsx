import type { OrderStatus, OrderView } from '@lmt/contracts';
import { Age } from '../lists/age.tsx';
import { FilterForm } from '../lists/filter-form.tsx';
import { List } from '../lists/list.tsx';
import { useSearchParams } from '../ui/address.ts';
import { ButtonLink } from '../ui/button.tsx';
import type { Column } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { Status } from '../ui/status.tsx';
import { ItemSummary } from './item-summary.tsx';
import styles from './orders.module.css';
import { ORDER_FILTERS, toOrdersPath } from './orders-path.ts';
import { useOrdersText } from './text.ts';

const STATUSES: readonly OrderStatus[] = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'];

export default function OrdersPage() {
  const { t } = useOrdersText();
  const params = useSearchParams();
  const columns: readonly Column<OrderView>[] = [
    {
      id: 'order',
      header: t('order'),
      kind: 'tight',
      cell: ({ id }) => <Identifier of={id} to={`/orders/${id}`} short />,
    },
    { id: 'status', header: t('status'), kind: 'tight', cell: ({ status }) => <Status of={status} /> },
    {
      id: 'customer',
      header: t('customer'),
      cell: ({ customerId }) => <bdi className={styles.clip}>{customerId}</bdi>,
    },
    { id: 'items', header: t('items'), cell: ({ items }) => <ItemSummary items={items} /> },
    {
      id: 'rejected',
      header: t('rejectReason'),
      cell: ({ rejectReason }) => <bdi className={styles.text}>{rejectReason}</bdi>,
    },
    { id: 'age', header: t('age'), kind: 'tight', cell: ({ createdAt }) => <Age at={createdAt} /> },
  ];
  return (
    <Page title={t('title')} lead={t('lead')}>
      <FilterForm
        label={t('filters')}
        fields={[
          { name: 'status', label: t('status'), choices: STATUSES },
          { name: 'customerId', label: t('customer') },
          { name: 'sku', label: t('sku') },
        ]}
      />
      <List
        path={toOrdersPath(params)}
        label={t('title')}
        columns={columns}
        isFiltered={ORDER_FILTERS.some((name) => params.has(name))}
        empty={
          <Empty title={t('none')}>
            <p>{t('noneHint')}</p>
            <ButtonLink to="/">{t('toFlow')}</ButtonLink>
          </Empty>
        }
      />
    </Page>
  );
}
