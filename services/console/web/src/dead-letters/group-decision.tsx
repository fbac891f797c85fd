import type { MessagesInBulkResponse } from '@lmt/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/request.ts';
import { DecisionForm } from '../decisions/decision-form.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { formatCount } from '../ui/number.ts';
import { Failure } from '../ui/states.tsx';
import { BulkAnswer } from './bulk-answer.tsx';
import styles from './dead-letters.module.css';
import { findOthers, type ReasonGroup, toBulkFilter } from './group-by-reason.ts';
import { MessageIds } from './message-ids.tsx';
import { useDeadLettersText } from './text.ts';

interface GroupDecisionProps {
  readonly verb: 'requeue' | 'discard';
  readonly group: ReasonGroup;
  readonly onClose: () => void;
}

/** The dialog that decides about all dead letters of a group: a dry run first, then the decision. */
export function GroupDecision({ verb, group, onClose }: GroupDecisionProps) {
  const { t, i18n } = useDeadLettersText();
  const [{ cursor, round }, setPage] = useState<{ cursor: string | null; round: number }>({
    cursor: null,
    round: 0,
  });
  const [filter] = useState(() => toBulkFilter(group));
  const selection = { filter, ...(cursor === null ? {} : { cursor }) };
  const post = (body: object, headers: Readonly<Record<string, string>> = {}) =>
    send<MessagesInBulkResponse>(`/messages/${verb}`, { method: 'POST', body, headers });
  const { data, error } = useQuery({
    queryKey: ['preview', verb, filter, cursor, round],
    queryFn: async () => (await post({ ...selection, dryRun: true })).body,
    gcTime: 0,
    // The preview stays as the operator has read it, although the decision refreshes queries.
    staleTime: 'static',
  });
  const count = data === undefined ? '' : formatCount(data.items.length, i18n.language);

  return (
    <Dialog title={t(`dialog.${verb}Group`)} onClose={onClose}>
      <p>{t(`effect.${verb}`)}</p>
      <section className={styles.preview} aria-label={t('preview')}>
        <bdi className={styles.text}>{group.reason ?? t('noReason')}</bdi>
        {error === null ? null : <Failure error={error} />}
        {data === undefined ? (
          error === null ? (
            <p>{t('previewing')}</p>
          ) : null
        ) : (
          <Preview group={group} preview={data} />
        )}
      </section>
      <DecisionForm
        key={`${cursor} ${round}`}
        verb={verb}
        isReasonRequired
        isReady={data !== undefined && data.items.length > 0}
        submitLabel={t(`${verb}Count`, { count })}
        subject={JSON.stringify([filter, cursor])}
        decide={async ({ reason, headers }) => (await post({ ...selection, reason }, headers)).body}
        answer={(answer) => (
          <BulkAnswer verb={verb} answer={answer}>
            {answer.more ? (
              <Button onClick={() => setPage({ cursor: answer.nextCursor, round: round + 1 })}>
                {t('next')}
              </Button>
            ) : null}
          </BulkAnswer>
        )}
        onClose={onClose}
      />
    </Dialog>
  );
}

function Preview({
  group,
  preview,
}: {
  readonly group: ReasonGroup;
  readonly preview: MessagesInBulkResponse;
}) {
  const { t, i18n } = useDeadLettersText();
  const { matched, refused, complete, items } = preview;
  const others = findOthers(group, items);
  const format = (value: number) => formatCount(value, i18n.language);
  return (
    <>
      <p>
        <strong>{t(complete ? 'matched' : 'matchedAtLeast', { count: format(matched) })}</strong>
      </p>
      {matched - refused > items.length ? <p>{t('thisTime', { count: format(items.length) })}</p> : null}
      {refused > 0 ? <p>{t('refusedPreview', { count: format(refused) })}</p> : null}
      {items.length === 0 ? <p>{t('nothing')}</p> : <MessageIds messages={items} />}
      {others.count === 0 ? null : (
        <div className={styles.others}>
          <p>{t('others', { count: format(others.count) })}</p>
          <ul>
            {others.reasons.slice(0, 5).map((reason) => (
              <li key={reason ?? ''}>
                <bdi className={styles.text}>{reason ?? t('noReason')}</bdi>
              </li>
            ))}
          </ul>
          <p>{t('othersHint')}</p>
        </div>
      )}
    </>
  );
}
