import type { MessageDetailView } from '@lmt/contracts';
import { useState } from 'react';
import { send } from '../api/request.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Verb } from './decision.ts';
import { DecisionForm } from './decision-form.tsx';
import { useDecisionsText } from './text.ts';

interface MessageDecisionProps {
  readonly verb: Verb;
  readonly messageId: string;
  readonly onClose: () => void;
}

/** The dialog that decides about one message. Afterwards it is the receipt of the decision. */
export function MessageDecision({ verb, messageId, onClose }: MessageDecisionProps) {
  const { t } = useDecisionsText();
  const [isDecided, setDecided] = useState(false);
  return (
    <Dialog
      title={isDecided ? t('receipt', { action: t(`actions.${verb}`) }) : t(`one.${verb}`)}
      onClose={onClose}
    >
      <DecisionForm
        verb={verb}
        subject={messageId}
        isReasonRequired={verb === 'discard'}
        decide={({ reason, headers }) =>
          send<MessageDetailView>(`/messages/${encodeURIComponent(messageId)}/${verb}`, {
            method: 'POST',
            body: { reason },
            headers,
          })
        }
        onDecided={() => setDecided(true)}
        answer={({ body, replayed }) => (
          <Notice tone="good">
            <p>{t(`done.${verb}`, { status: body.status })}</p>
            {verb === 'discard' && body.type === 'order.placed.v1' ? (
              <p>
                {t('cancelsOrder')} <Identifier of={body.key} to={`/orders/${body.key}`} short />
              </p>
            ) : null}
            {replayed ? <p>{t('replayed')}</p> : null}
          </Notice>
        )}
        onClose={onClose}
      >
        <p>{t(`effect.${verb}`)}</p>
      </DecisionForm>
    </Dialog>
  );
}
