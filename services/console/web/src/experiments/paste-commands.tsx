import { useSession } from '../api/control.ts';
import { Copy } from '../ui/copy.tsx';
import type { Paste } from './paste.ts';
import styles from './paste-commands.module.css';
import { useExperimentsText } from './text.ts';

/** Commands for the reader's terminal: those of compose, of the demo, or both if the console cannot know. */
export function PasteCommands({ paste }: { readonly paste: Paste }) {
  const { t } = useExperimentsText();
  const kind = useSession()?.control?.kind;
  return (
    <div className={styles.commands}>
      {kind === 'demo' ? null : <Command label={t('docker')} text={paste.compose} />}
      {kind === 'compose' ? null : <Command label={t('demo')} text={paste.demo} />}
    </div>
  );
}

function Command({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className={styles.command}>
      <span className={styles.label}>{label}</span>
      <code className={styles.code}>{text}</code>
      <Copy text={text} label={label} />
    </div>
  );
}
