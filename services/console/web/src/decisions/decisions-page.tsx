import type { OperatorActionView } from '@lmt/contracts';
import { toQuery } from '../api/request.ts';
import { FilterForm } from '../lists/filter-form.tsx';
import { List } from '../lists/list.tsx';
import { useSearchParams } from '../ui/address.ts';
import { ButtonLink } from '../ui/button.tsx';
import type { Column } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import styles from './decisions-page.module.css';
import { useDecisionsText } from './text.ts';

export default function DecisionsPage() {
  const { t } = useDecisionsText();
  const params = useSearchParams();
  const [operator, message] = [params.get('operator'), params.get('message')];
  const columns: readonly Column<OperatorActionView>[] = [
    { id: 'at', header: t('at'), kind: 'tight', cell: ({ at }) => <Time at={at} date /> },
    {
      id: 'operator',
      header: t('operator'),
      cell: ({ actor }) => <bdi className={styles.text}>{actor}</bdi>,
    },
    { id: 'action', header: t('action'), kind: 'tight', cell: ({ action }) => t(`actions.${action}`) },
    {
      id: 'message',
      header: t('message'),
      kind: 'tight',
      cell: ({ messageId }) => <Identifier of={messageId} to={`/messages/${messageId}`} short />,
    },
    { id: 'type', header: t('type'), kind: 'tight', cell: ({ messageType }) => <code>{messageType}</code> },
    {
      id: 'reason',
      header: t('reason'),
      cell: ({ reason }) => (reason === null ? '–' : <bdi className={styles.text}>{reason}</bdi>),
    },
  ];
  return (
    <Page title={t('title')} lead={t('lead')}>
      <FilterForm
        label={t('filters')}
        fields={[
          { name: 'operator', label: t('operator') },
          { name: 'message', label: t('message') },
        ]}
      />
      <List
        path={`/operator-actions${toQuery({ actor: operator, messageId: message, cursor: params.get('cursor') })}`}
        label={t('title')}
        columns={columns}
        isFiltered={operator !== null || message !== null}
        empty={
          <Empty title={t('none')}>
            <p>{t('noneHint')}</p>
            <ButtonLink to="/dead-letters">{t('toDeadLetters')}</ButtonLink>
          </Empty>
        }
      />
    </Page>
  );
}
