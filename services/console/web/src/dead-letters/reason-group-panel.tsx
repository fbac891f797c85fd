import type { MessageView } from '@lmt/contracts';
import { Age } from '../lists/age.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { formatCount } from '../ui/number.ts';
import { Panel } from '../ui/panel.tsx';
import styles from './dead-letters.module.css';
import { GroupAdvice } from './group-advice.tsx';
import type { ReasonGroup } from './group-by-reason.ts';
import { useDeadLettersText } from './text.ts';

/** The most messages of a group that the page lists. The decision on a group reaches all of it. */
const LISTED = 100;
/** Groups of this size show their messages at once. */
const FEW = 5;

interface ReasonGroupPanelProps {
  readonly group: ReasonGroup<MessageView>;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: readonly string[], isSelected: boolean) => void;
  readonly onDecide: (verb: 'requeue' | 'discard') => void;
}

/** The dead letters of one reason. */
export function ReasonGroupPanel({ group, selected, onSelect, onDecide }: ReasonGroupPanelProps) {
  const { t, i18n } = useDeadLettersText();
  const { reason, types, messages } = group;
  const listed = messages.slice(0, LISTED);
  const newest = messages[0];
  const oldest = messages.at(-1);
  const isDiscardable = types.some((type) => type !== 'order.cancelled.v1');
  const columns: readonly Column<MessageView>[] = [
    {
      id: 'select',
      header: t('select'),
      kind: 'tight',
      cell: ({ id }) => (
        <input
          type="checkbox"
          aria-label={t('selectOne', { id })}
          checked={selected.has(id)}
          onChange={(event) => onSelect([id], event.currentTarget.checked)}
        />
      ),
    },
    {
      id: 'message',
      header: t('message'),
      kind: 'tight',
      cell: ({ id }) => <Identifier of={id} to={`/messages/${id}`} short />,
    },
    {
      id: 'order',
      header: t('order'),
      kind: 'tight',
      cell: ({ key }) => <Identifier of={key} to={`/orders/${encodeURIComponent(key)}`} short />,
    },
    { id: 'type', header: t('type'), kind: 'tight', cell: ({ type }) => <code>{type}</code> },
    {
      id: 'reason',
      header: t('reason'),
      cell: ({ lastError }) => <bdi className={styles.text}>{lastError ?? '–'}</bdi>,
    },
    { id: 'age', header: t('age'), kind: 'tight', cell: ({ createdAt }) => <Age at={createdAt} /> },
  ];
  return (
    <Panel
      title={<bdi className={styles.text}>{reason ?? t('noReason')}</bdi>}
      aside={
        <strong>
          {t('size', { count: messages.length, shown: formatCount(messages.length, i18n.language) })}
        </strong>
      }
    >
      <div className={styles.group}>
        <p className={styles.facts}>
          {types.map((type) => (
            <code key={type}>{type}</code>
          ))}
          {newest === undefined || oldest === undefined ? null : (
            <>
              <span>
                {t(newest === oldest ? 'written' : 'newest')} <Age at={newest.createdAt} />
              </span>
              {newest === oldest ? null : (
                <span>
                  {t('oldest')} <Age at={oldest.createdAt} />
                </span>
              )}
            </>
          )}
        </p>
        <div className={styles.actions}>
          <Button onClick={() => onDecide('requeue')}>{t('requeueGroup', { count: messages.length })}</Button>
          {isDiscardable ? (
            <Button tone="danger" onClick={() => onDecide('discard')}>
              {t('discardGroup', { count: messages.length })}
            </Button>
          ) : null}
        </div>
      </div>
      {newest === undefined ? null : <GroupAdvice id={newest.id} isAlone={newest === oldest} />}
      <details className={styles.members} open={messages.length <= FEW}>
        <summary>{t('show')}</summary>
        <label className={styles.all}>
          <input
            type="checkbox"
            checked={listed.every(({ id }) => selected.has(id))}
            onChange={(event) =>
              onSelect(
                listed.map(({ id }) => id),
                event.currentTarget.checked,
              )
            }
          />
          {t('selectAll')}
        </label>
        <DataTable
          label={t('members', { reason: reason ?? t('noReason') })}
          columns={columns}
          rows={listed}
          rowKey={({ id }) => id}
        />
        {messages.length > LISTED ? (
          <p className={styles.soft}>{t('shown', { shown: LISTED, count: messages.length })}</p>
        ) : null}
      </details>
    </Panel>
  );
}
