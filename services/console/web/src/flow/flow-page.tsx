import type { MessageStatsView, MessagesPage } from '@lmt/contracts';
import { Link } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { ApiError } from '../api/request.ts';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Diagram } from './diagram.tsx';
import styles from './flow-page.module.css';
import { NewestMessages } from './newest-messages.tsx';
import { OrderForm } from './order-form.tsx';
import { QuickOrder } from './quick-order.tsx';
import { useFlowText } from './text.ts';

/** The table shows that it cannot be read, and the shell's banner why. Other failures are unexpected. */
const isUnexpected = (error: unknown) =>
  !(error instanceof ApiError && (error.status === 0 || error.status === 401 || error.status === 503));

/** The way of the messages, live, with a form that places orders. */
export function FlowPage() {
  const { t } = useFlowText();
  const stats = useLiveQuery<MessageStatsView>('/messages/stats');
  const newest = useLiveQuery<MessagesPage>('/messages?limit=30');
  const messages = newest.data?.items;
  const error = stats.error ?? newest.error;
  return (
    <Page
      title={t('title')}
      lead={
        <>
          {t('lead')} <Link to="/break">{t('leadLink')}</Link>
        </>
      }
    >
      {error !== null && isUnexpected(error) ? (
        <div className={styles.failure}>
          <Failure error={error} />
        </div>
      ) : null}
      <div className={styles.quick}>
        <QuickOrder />
      </div>
      <div className={styles.flow}>
        <div className={styles.diagram}>
          <Diagram stats={stats} newest={newest} />
        </div>
        <div className={styles.form}>
          <OrderForm />
        </div>
        <div className={styles.newest}>
          <Panel title={t('newest')}>
            {messages === undefined ? (
              newest.error === null ? (
                <Loading />
              ) : (
                <Failure error={newest.error} />
              )
            ) : messages.length === 0 ? (
              <Empty title={t('none')}>
                <p>{t('noneHint')}</p>
              </Empty>
            ) : (
              <NewestMessages messages={messages} />
            )}
          </Panel>
        </div>
      </div>
    </Page>
  );
}
