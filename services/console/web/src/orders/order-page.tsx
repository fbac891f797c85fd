import type {
  MessageDetailView,
  OperatorActionView,
  OrderItem,
  OrderView,
  Page as PageOf,
} from '@lmt/contracts';
import { useState } from 'react';
import { Link, useParams } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { ApiError } from '../api/request.ts';
import { Age } from '../lists/age.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Copy } from '../ui/copy.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { KeyValues } from '../ui/key-values.tsx';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Status } from '../ui/status.tsx';
import { Time } from '../ui/time.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import styles from './orders.module.css';
import { useOrdersText } from './text.ts';

type Message = NonNullable<OrderView['messages']>[number];

export default function OrderPage() {
  const { t } = useOrdersText();
  const { id = '' } = useParams();
  const { data: order, error, dataUpdatedAt } = useLiveQuery<OrderView>(`/orders/${encodeURIComponent(id)}`);
  const [isCancelling, setCancelling] = useState(false);
  const isCancellable = order?.status === 'PENDING' || order?.status === 'CONFIRMED';
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);

  return (
    <Page
      title={t('orderTitle', { id: `…${id.slice(-8)}` })}
      lead={t('orderLead')}
      actions={
        <>
          <ButtonLink tone="quiet" to="/orders">
            {t('toList')}
          </ButtonLink>
          {isCancellable ? (
            <Button tone="danger" onClick={() => setCancelling(true)}>
              {t('cancel')}
            </Button>
          ) : null}
        </>
      }
    >
      <div className={styles.parts}>
        {isMissing ? (
          <Empty title={t('notFound')}>
            <p>{t('notFoundHint')}</p>
            <ButtonLink to="/orders">{t('toList')}</ButtonLink>
          </Empty>
        ) : error !== null ? (
          <Failure error={error} asOf={dataUpdatedAt} />
        ) : order === undefined ? (
          <Loading />
        ) : null}
        {order === undefined || isMissing ? null : <Order order={order} />}
      </div>
      {isCancelling ? <CancelDialog orderId={id} onClose={() => setCancelling(false)} /> : null}
    </Page>
  );
}

function Order({ order }: { readonly order: OrderView }) {
  const { t } = useOrdersText();
  const itemColumns: readonly Column<OrderItem>[] = [
    {
      id: 'sku',
      header: t('sku'),
      cell: ({ sku }) => (
        <Link className={styles.text} to={`/stock/${encodeURIComponent(sku)}`}>
          <bdi>{sku}</bdi>
        </Link>
      ),
    },
    { id: 'quantity', header: t('quantity'), kind: 'number', cell: ({ quantity }) => quantity },
  ];
  const messageColumns: readonly Column<Message>[] = [
    {
      id: 'message',
      header: t('message'),
      kind: 'tight',
      cell: ({ id }) => <Identifier of={id} to={`/messages/${id}`} short />,
    },
    { id: 'type', header: t('type'), cell: ({ type }) => <code className={styles.text}>{type}</code> },
    { id: 'status', header: t('status'), kind: 'tight', cell: ({ status }) => <Status of={status} /> },
    { id: 'attempts', header: t('attempts'), kind: 'number', cell: ({ attempts }) => attempts },
  ];
  const messages = order.messages ?? [];
  return (
    <>
      <Panel title={t('facts')} aside={<Status of={order.status} />}>
        <p className={styles.state}>{t(`state.${order.status}`)}</p>
        <Discarded messages={messages} />
        <CancelReason messages={messages} />
        <KeyValues
          entries={[
            [
              'ID',
              <span key="id">
                <Identifier of={order.id} /> <Copy text={order.id} label={t('order')} />
              </span>,
            ],
            [
              t('customer'),
              <Link
                key="customer"
                className={styles.text}
                to={`/orders?${new URLSearchParams({ customerId: order.customerId })}`}
              >
                <bdi>{order.customerId}</bdi>
              </Link>,
            ],
            [
              t('rejectReason'),
              order.rejectReason === undefined ? null : (
                <bdi key="reason" className={styles.text}>
                  {order.rejectReason}
                </bdi>
              ),
            ],
            [t('placed'), <When key="placed" at={order.createdAt} />],
            [t('changed'), <When key="changed" at={order.updatedAt} />],
          ]}
        />
      </Panel>
      <Panel title={t('messages')}>
        <p className={styles.state}>{messages.length === 0 ? t('purged') : t('messagesHint')}</p>
        {messages.length === 0 ? null : (
          <DataTable label={t('messages')} columns={messageColumns} rows={messages} rowKey={({ id }) => id} />
        )}
      </Panel>
      <Panel title={t('items')}>
        <DataTable label={t('items')} columns={itemColumns} rows={order.items} rowKey={({ sku }) => sku} />
      </Panel>
    </>
  );
}

/** Who discarded a message of the order, and why: that cancels the order. */
function Discarded({ messages }: { readonly messages: readonly Message[] }) {
  const { t } = useOrdersText();
  const id = messages.find(({ status }) => status === 'DISCARDED')?.id;
  const { data } = useLiveQuery<PageOf<OperatorActionView>>(`/operator-actions?messageId=${id}`, {
    enabled: id !== undefined,
  });
  const decision = data?.items.find(({ action }) => action === 'discard');
  if (decision === undefined) return null;
  return (
    <p className={styles.state}>
      {t('discarded')} <bdi>{decision.actor}</bdi>: <bdi>{decision.reason}</bdi>
    </p>
  );
}

/** The reason that a client, an operator or the expiry gave for the cancellation. */
function CancelReason({ messages }: { readonly messages: readonly Message[] }) {
  const { t } = useOrdersText();
  const id = messages.find(({ type }) => type === 'order.cancelled.v1')?.id;
  const { data } = useLiveQuery<MessageDetailView>(`/messages/${id}`, { enabled: id !== undefined });
  const reason = data === undefined ? null : readReason(data.payload);
  if (reason === null) return null;
  return (
    <p className={styles.state}>
      {t('cancelReason')}: <bdi>{reason}</bdi>
    </p>
  );
}

function readReason(payload: unknown): string | null {
  const isReason = typeof payload === 'object' && payload !== null && 'reason' in payload;
  return isReason && typeof payload.reason === 'string' ? payload.reason : null;
}

const When = ({ at }: { readonly at: string }) => (
  <>
    <Time at={at} date /> (<Age at={at} />)
  </>
);
