import type { MessageView } from '@lmt/contracts';
import { useTranslation } from 'react-i18next';
import { serverNow } from '../api/server-clock.ts';
import { useNow } from '../ui/time.tsx';
import { formatCountdown } from './countdown.ts';

/** When a relay acts on a message next, or who has to. Empty for finished messages. */
export function NextAction({ message }: { readonly message: MessageView }) {
  const { t } = useTranslation('messages');
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
