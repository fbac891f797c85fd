import type { MessageView } from '@lmt/contracts';
import { DecisionForm } from '../decisions/decision-form.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './dead-letters.module.css';
import { decideEach } from './decide-each.ts';
import { MessageIds } from './message-ids.tsx';
import { useDeadLettersText } from './text.ts';

interface SelectionDecisionProps {
  readonly verb: 'requeue' | 'discard';
  readonly messages: readonly MessageView[];
  readonly onClose: () => void;
}

/** The dialog that decides about the selected dead letters. */
export function SelectionDecision({ verb, messages, onClose }: SelectionDecisionProps) {
  const { t } = useDeadLettersText();
  const ids = messages.map(({ id }) => id);
  return (
    <Dialog title={t(`dialog.${verb}Selected`)} onClose={onClose}>
      <p>{t(`effect.${verb}`)}</p>
      <section className={styles.preview} aria-label={t('preview')}>
        <MessageIds messages={messages} />
      </section>
      <DecisionForm
        verb={verb}
        isReasonRequired
        submitLabel={t(`${verb}Count`, { count: messages.length })}
        subject={ids.join()}
        decide={({ reason, headers }) => decideEach(verb, ids, reason, headers)}
        answer={({ changed, refused }) => (
          <Notice tone={changed.length > 0 ? 'good' : 'waiting'}>
            <p>{t(`changed.${verb}`, { count: changed.length })}</p>
            {refused.length === 0 ? null : (
              <>
                <p>{t('notChanged')}</p>
                <ul className={styles.ids}>
                  {refused.map(({ id, why }) => (
                    <li key={id}>
                      <Identifier of={id} short /> {why}
                    </li>
                  ))}
                </ul>
              </>
            )}
          </Notice>
        )}
        onClose={onClose}
      />
    </Dialog>
  );
}
