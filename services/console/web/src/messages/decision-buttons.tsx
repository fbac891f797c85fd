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

/** The decisions that the message's status allows. */
export function DecisionButtons({ message, now, onDecide }: DecisionButtonsProps) {
  const { t } = useMessagesText();
  return offerDecisions(message, now).map((verb) => (
    <Button key={verb} tone={verb === 'discard' ? 'danger' : 'primary'} onClick={() => onDecide(verb)}>
      {t(verb)}
    </Button>
  ));
}
