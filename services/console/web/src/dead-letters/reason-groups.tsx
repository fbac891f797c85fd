import type { MessageView } from '@lmt/contracts';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/number.ts';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import styles from './dead-letters.module.css';
import { groupByReason, type ReasonGroup } from './group-by-reason.ts';
import { GroupDecision } from './group-decision.tsx';
import { ReasonGroupPanel } from './reason-group-panel.tsx';
import { SelectionDecision } from './selection-decision.tsx';
import { useDeadLettersText } from './text.ts';
import { useDeadCount, useDeadLetters } from './use-dead-letters.ts';

type Verb = 'requeue' | 'discard';
type Deciding =
  | { readonly on: 'group'; readonly verb: Verb; readonly group: ReasonGroup<MessageView> }
  | { readonly on: 'selection'; readonly verb: Verb; readonly messages: readonly MessageView[] };

/** The dead letters, grouped by their reason, with decisions on a group or on selected ones. */
export function ReasonGroups() {
  const { t, i18n } = useDeadLettersText();
  const { data, error } = useDeadLetters();
  const total = useDeadCount();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [deciding, setDeciding] = useState<Deciding | null>(null);

  if (data === undefined) return error === null ? <Loading /> : <Failure error={error} />;
  const { messages, hasMore } = data;
  const groups = groupByReason(messages);
  // The selection leaves out messages that another operator has decided.
  const chosen = messages.filter(({ id }) => selected.has(id));
  const select = (ids: readonly string[], isSelected: boolean) => {
    const next = new Set(selected);
    for (const id of ids) isSelected ? next.add(id) : next.delete(id);
    setSelected(next);
  };
  const decideOnSelection = (verb: Verb) => setDeciding({ on: 'selection', verb, messages: chosen });
  const count = formatCount(messages.length, i18n.language);

  return (
    <div className={styles.parts}>
      {error === null ? null : <Failure error={error} />}
      {messages.length === 0 ? (
        <Empty title={t('none')}>
          <p>{t('noneHint')}</p>
        </Empty>
      ) : (
        <div className={styles.soft}>
          <p>
            {hasMore
              ? t('countOfMore', {
                  count,
                  groups: groups.length,
                  total: total === null ? '…' : formatCount(total, i18n.language),
                })
              : t('count', { count, groups: groups.length })}
          </p>
          {groups.some(({ reason }) => reason?.includes('…')) ? <p>{t('placeholder')}</p> : null}
        </div>
      )}
      {groups.map((group) => (
        <ReasonGroupPanel
          key={group.reason ?? ''}
          group={group}
          selected={selected}
          onSelect={select}
          onDecide={(verb) => setDeciding({ on: 'group', verb, group })}
        />
      ))}
      {chosen.length === 0 ? null : (
        <section className={styles.selection} aria-label={t('selection')}>
          <strong>{t('selected', { count: chosen.length })}</strong>
          <Button small tone="primary" onClick={() => decideOnSelection('requeue')}>
            {t('requeueSelected')}
          </Button>
          <Button small tone="danger" onClick={() => decideOnSelection('discard')}>
            {t('discardSelected')}
          </Button>
          <Button small tone="quiet" onClick={() => setSelected(new Set())}>
            {t('clear')}
          </Button>
        </section>
      )}
      {deciding?.on === 'group' ? (
        <GroupDecision verb={deciding.verb} group={deciding.group} onClose={() => setDeciding(null)} />
      ) : null}
      {deciding?.on === 'selection' ? (
        <SelectionDecision
          verb={deciding.verb}
          messages={deciding.messages}
          onClose={() => setDeciding(null)}
        />
      ) : null}
    </div>
  );
}
