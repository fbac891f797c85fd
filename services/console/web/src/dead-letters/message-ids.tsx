import { Identifier } from '../ui/identifier.tsx';
import styles from './dead-letters.module.css';
import { useDeadLettersText } from './text.ts';

const SHOWN = 5;

interface MessageIdsProps {
  readonly messages: readonly { readonly id: string; readonly type: string }[];
}

/** The first messages of a decision. */
export function MessageIds({ messages }: MessageIdsProps) {
  const { t } = useDeadLettersText();
  return (
    <div>
      {t('first')}
      <ul className={styles.ids}>
        {messages.slice(0, SHOWN).map(({ id, type }) => (
          <li key={id}>
            <Identifier of={id} /> <code>{type}</code>
          </li>
        ))}
      </ul>
      {messages.length > SHOWN ? t('andMore', { count: messages.length - SHOWN }) : null}
    </div>
  );
}
