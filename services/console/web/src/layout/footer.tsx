import { useSession } from '../api/control.ts';
import styles from './footer.module.css';
import { useShellText } from './text.ts';

function describeZone(language: string): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'longOffset' }).formatToParts(new Date());
  const offset = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  return timeZone === offset ? timeZone : `${timeZone} (${offset})`;
}

/** The zone of every time on the page, and the kind of the connected system. */
export function Footer() {
  const { t, i18n } = useShellText();
  const session = useSession();
  const kind = session?.control?.kind;
  return (
    <footer className={styles.footer}>
      <span>{t('zone', { zone: describeZone(i18n.language) })}</span>
      {kind === undefined ? null : <span>{t(`kinds.${kind}`)}</span>}
      {session === undefined ? null : <span>{t('version', { version: session.console.version })}</span>}
    </footer>
  );
}
