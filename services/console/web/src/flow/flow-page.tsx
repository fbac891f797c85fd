import type { MessageStatsView, MessagesPage } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { ApiError } from '../api/request.ts';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Diagram } from './diagram.tsx';
import styles from './flow-page.module.css';
import { NewestMessages } from './newest-messages.tsx';
import { OrderForm } from './order-form.tsx';
import { useFlowText } from './text.ts';

/** Failures of the console itself are in the shell's banner. */
const isOfService = (error: unknown) =>
  !(error instanceof ApiError && (error.status === 0 || error.status === 401));

/** The way of the messages, live, with a form that places orders. */
export function FlowPage() {
  const { t } = useFlowText();
  const stats = useLiveQuery<MessageStatsView>('/messages/stats');
  const newest = useLiveQuery<MessagesPage>('/messages?limit=30');
  const messages = newest.data?.items;
  const error = stats.error ?? newest.error;
  return (
    <Page title={t('title')} lead={t('lead')}>
      {error !== null && isOfService(error) ? (
        <div className={styles.failure}>
          <Failure error={error} />
        </div>
      ) : null}
      <div className={styles.flow}>
        <div className={styles.diagram}>
          <Diagram stats={stats.data} messages={messages} />
        </div>
        <div className={styles.form}>
          <OrderForm />
        </div>
        <div className={styles.newest}>
          <Panel title={t('newest')}>
            {messages === undefined ? (
              newest.isPending ? (
                <Loading />
              ) : null
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
