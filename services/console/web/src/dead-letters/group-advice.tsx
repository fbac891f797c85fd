import type { MessageDetailView } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import styles from './dead-letters.module.css';
import { useDeadLettersText } from './text.ts';

interface GroupAdviceProps {
  /** The newest message of the group. */
  readonly id: string;
  readonly isAlone: boolean;
}

/** Shows which service made the messages DEAD, what to do, and the payload of a single message. */
export function GroupAdvice({ id, isAlone }: GroupAdviceProps) {
  const { t } = useDeadLettersText();
  const message = useLiveQuery<MessageDetailView>(`/messages/${id}`, { everyMs: 10_000 }).data;
  if (message?.status !== 'DEAD') return null;
  return (
    <>
      <p className={styles.advice}>
        {t(message.result?.outcome === 'FAILED' ? 'advice.consumer' : 'advice.relay')}
      </p>
      {isAlone ? (
        <p className={styles.payload}>
          {t('payload')} <code>{JSON.stringify(message.payload)}</code>
        </p>
      ) : null}
    </>
  );
}
