import type { MessagesInBulkResponse } from '@lmt/contracts';
import type { ReactNode } from 'react';
import { Notice } from '../ui/notice.tsx';
import { formatCount } from '../ui/number.ts';
import { useDeadLettersText } from './text.ts';

interface BulkAnswerProps {
  readonly verb: 'requeue' | 'discard';
  readonly answer: MessagesInBulkResponse;
  /** Continues with the remaining messages. */
  readonly children: ReactNode;
}

/** The messages that a decision on a group has changed, and those that it has not. */
export function BulkAnswer({ verb, answer, children }: BulkAnswerProps) {
  const { t, i18n } = useDeadLettersText();
  const { changed, refused, more } = answer;
  const format = (value: number) => formatCount(value, i18n.language);
  return (
    <Notice tone={changed > 0 ? 'good' : 'waiting'}>
      <p>{t(`changed.${verb}`, { count: format(changed) })}</p>
      {refused > 0 ? <p>{t('refused', { count: format(refused) })}</p> : null}
      {more ? <p>{t('moreLeft')}</p> : null}
      {more ? <div>{children}</div> : null}
    </Notice>
  );
}
