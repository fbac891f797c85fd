import type { MessageDetailView } from '@lmt/contracts';
import type { Verb } from '../decisions/decision.ts';
import { Button } from '../ui/button.tsx';
import { offerDecisions } from './offer-decisions.ts';
import { useMessagesText } from './text.ts';

interface DecisionButtonsProps {
  readonly message: MessageDetailView;
  readonly now: Date;
  readonly onDecide: (verb: Verb) => void;
}

// Sending now is rarely useful: it does not start a relay or a consumer that is down.
const TONES = { requeue: 'primary', discard: 'danger', 'send-now': 'plain' } as const;

/** The decisions that the message's status allows. */
export function DecisionButtons({ message, now, onDecide }: DecisionButtonsProps) {
  const { t } = useMessagesText();
  return offerDecisions(message, now).map((verb) => (
    <Button key={verb} tone={TONES[verb]} onClick={() => onDecide(verb)}>
      {t(verb)}
    </Button>
  ));
}
