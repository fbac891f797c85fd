import type { MessageView } from '@lmt/contracts';
import { serverNow } from '../api/server-clock.ts';
import { useNow } from '../ui/time.tsx';
import { formatCountdown } from './countdown.ts';
import { useMessagesText } from './text.ts';

/** When a relay acts on a message next, or who has to. Empty for finished messages. */
export function NextAction({ message }: { readonly message: MessageView }) {
  const { t } = useMessagesText();
  useNow();
  switch (message.status) {
    case 'PENDING':
    case 'PUBLISHED': {
      const time = formatCountdown(message.availableAt, serverNow());
      return time === null ? t('nextDue') : t('nextIn', { time });
    }
    case 'DEAD':
      return t('nextOperator');
    default:
      return null;
  }
}
