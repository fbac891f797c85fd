import type { MessageDetailView } from '@lmt/contracts';
import { useTranslation } from 'react-i18next';
import type { Verb } from '../decisions/decision.ts';
import { Button } from '../ui/button.tsx';
import { offerDecisions } from './offer-decisions.ts';

interface DecisionButtonsProps {
  readonly message: MessageDetailView;
  readonly now: Date;
  readonly onDecide: (verb: Verb) => void;
}

/** The decisions that the message's status allows. */
export function DecisionButtons({ message, now, onDecide }: DecisionButtonsProps) {
  const { t } = useTranslation('messages');
  return offerDecisions(message, now).map((verb) => (
    <Button key={verb} tone={verb === 'discard' ? 'danger' : 'primary'} onClick={() => onDecide(verb)}>
      {t(verb)}
    </Button>
  ));
}
