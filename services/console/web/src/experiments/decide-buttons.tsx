import { useState } from 'react';
import type { Verb } from '../decisions/decision.ts';
import { MessageDecision } from '../decisions/message-decision.tsx';
import { useMessagesText } from '../messages/text.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import styles from './step-item.module.css';
import { useExperimentsText } from './text.ts';

/** Leads to the dead letter, and opens the dialogs that decide on it. */
export function DecideButtons({ messageId }: { readonly messageId: string }) {
  const { t } = useExperimentsText();
  const { t: label } = useMessagesText();
  const [verb, setVerb] = useState<Verb | null>(null);
  return (
    <div className={styles.buttons}>
      <ButtonLink to={`/messages/${messageId}`}>{t('toLetter')}</ButtonLink>
      <Button tone="primary" onClick={() => setVerb('requeue')}>
        {label('requeue')}
      </Button>
      <Button tone="danger" onClick={() => setVerb('discard')}>
        {label('discard')}
      </Button>
      {verb === null ? null : (
        <MessageDecision verb={verb} messageId={messageId} onClose={() => setVerb(null)} />
      )}
    </div>
  );
}
