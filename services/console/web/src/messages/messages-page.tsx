import type { MessageStatus, MessageView } from '@lmt/contracts';
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
import styles from './messages.module.css';
import { MESSAGE_FILTERS, toMessagesPath } from './messages-path.ts';
import { NextAction } from './next-action.tsx';
import { useMessagesText } from './text.ts';

const STATUSES: readonly MessageStatus[] = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'];
const TYPES = ['order.placed.v1', 'order.cancelled.v1'];

export default function MessagesPage() {
  const { t } = useMessagesText();
  const params = useSearchParams();
  const columns: readonly Column<MessageView>[] = [
    {
      id: 'message',
      header: t('message'),
      kind: 'tight',
      cell: ({ id }) => <Identifier of={id} to={`/messages/${id}`} short />,
    },
    { id: 'status', header: t('status'), kind: 'tight', cell: ({ status }) => <Status of={status} /> },
    { id: 'type', header: t('type'), kind: 'tight', cell: ({ type }) => <code>{type}</code> },
    {
      id: 'order',
      header: t('order'),
      kind: 'tight',
      cell: ({ key }) => <Identifier of={key} to={`/orders/${encodeURIComponent(key)}`} short />,
    },
    { id: 'attempts', header: t('attempts'), kind: 'number', cell: ({ attempts }) => attempts },
    {
      id: 'next',
      header: t('next'),
      cell: (message) => (
        <>
          <NextAction message={message} />{' '}
          {message.lastError === null ? null : (
            <bdi className={styles.clip} title={message.lastError}>
              {message.lastError}
            </bdi>
          )}
        </>
      ),
    },
    { id: 'age', header: t('age'), kind: 'tight', cell: ({ createdAt }) => <Age at={createdAt} /> },
  ];
  return (
    <Page title={t('title')} lead={t('lead')}>
      <FilterForm
        label={t('filters')}
        fields={[
          { name: 'status', label: t('status'), choices: STATUSES },
          { name: 'type', label: t('type'), suggestions: TYPES },
          { name: 'key', label: t('key') },
          { name: 'error', label: t('error') },
          { name: 'after', label: t('after'), isTime: true },
          { name: 'before', label: t('before'), isTime: true },
        ]}
      />
      <List
        path={toMessagesPath(params)}
        label={t('title')}
        columns={columns}
        isFiltered={MESSAGE_FILTERS.some((name) => params.has(name))}
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
