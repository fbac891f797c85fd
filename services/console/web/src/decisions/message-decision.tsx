import type { MessageDetailView } from '@lmt/contracts';
import { send } from '../api/request.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Verb } from './decision.ts';
import { DecisionForm } from './decision-form.tsx';
import { useDecisionsText } from './text.ts';

interface MessageDecisionProps {
  readonly verb: Verb;
  readonly messageId: string;
  readonly onClose: () => void;
}

/** The dialog that decides about one message. */
export function MessageDecision({ verb, messageId, onClose }: MessageDecisionProps) {
  const { t } = useDecisionsText();
  return (
    <Dialog title={t(`one.${verb}`)} onClose={onClose}>
      <p>{t(`effect.${verb}`)}</p>
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
        answer={({ body, replayed }) => (
          <Notice tone="good">
            <p>{t(`done.${verb}`, { status: body.status })}</p>
            {replayed ? <p>{t('replayed')}</p> : null}
          </Notice>
        )}
        onClose={onClose}
      />
    </Dialog>
  );
}
