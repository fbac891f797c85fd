import type { MessageView, OrdersPage } from '@lmt/contracts';
import { Link } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { useMedia } from '../ui/media.ts';
import { Status } from '../ui/status.tsx';
import { formatMs, Time } from '../ui/time.tsx';
import styles from './newest-messages.module.css';
import { useFlowText } from './text.ts';

/** The newest messages as a list. Each leads to its timeline and to its order. */
export function NewestMessages({ messages }: { readonly messages: readonly MessageView[] }) {
  const { t } = useFlowText();
  // The message's page leads to its order.
  const isNarrow = useMedia('(max-width: 640px)');
  // A message is COMPLETED by a rejection too. Only the order has that outcome.
  const orders = useLiveQuery<OrdersPage>('/orders?limit=50').data?.items ?? [];
  const reasons = new Map(orders.map(({ id, rejectReason }) => [id, rejectReason]));
  const columns: readonly Column<MessageView>[] = [
    {
      id: 'written',
      header: t('columns.written'),
      kind: 'tight',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'message',
      header: t('columns.message'),
      kind: 'tight',
      cell: ({ id }) => <Identifier of={id} to={`/messages/${id}`} short />,
    },
    {
      id: 'status',
      header: t('columns.status'),
      kind: 'tight',
      cell: ({ status }) => (
        <span className={styles.status}>
          <Status of={status} />
        </span>
      ),
    },
    {
      id: 'took',
      header: t('columns.took'),
      kind: 'number',
      cell: ({ createdAt, completedAt }) =>
        completedAt === null ? '' : formatMs(Date.parse(completedAt) - Date.parse(createdAt)),
    },
    {
      id: 'order',
      header: t('columns.order'),
      kind: 'tight',
      cell: ({ key }) => <Identifier of={key} to={`/orders/${key}`} short />,
    },
    {
      id: 'type',
      header: t('columns.type'),
      kind: 'tight',
      cell: ({ type }) => <code className={styles.type}>{type}</code>,
    },
    {
      id: 'note',
      header: t('columns.note'),
      cell: ({ key, status, attempts, lastError }) => {
        const reason = reasons.get(key);
        const rejection = status === 'COMPLETED' && reason !== undefined ? t('rejected', { reason }) : null;
        const note = status === 'COMPLETED' ? rejection : lastError;
        return (
          <span className={styles.note} data-rejected={rejection !== null} title={note ?? undefined}>
            {attempts > 1 ? t('attempts', { count: attempts }) : ''} {note}
          </span>
        );
      },
    },
  ];
  return (
    <>
      <DataTable
        label={t('newest')}
        columns={isNarrow ? columns.filter(({ id }) => id !== 'order' && id !== 'type') : columns}
        rows={messages.slice(0, 12)}
        rowKey={({ id }) => id}
      />
      <p className={styles.all}>
        <Link to="/messages">{t('all')}</Link>
      </p>
    </>
  );
}
