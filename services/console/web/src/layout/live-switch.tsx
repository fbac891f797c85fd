import { useLive } from '../api/live.tsx';
import styles from './live-switch.module.css';
import { useShellText } from './text.ts';

/** Pauses and resumes the refresh of every page. */
export function LiveSwitch() {
  const { t } = useShellText();
  const { live, setLive } = useLive();
  return (
    <button
      type="button"
      role="switch"
      aria-checked={live}
      className={styles.switch}
      title={live ? t('livePause') : t('liveResume')}
      onClick={() => setLive(!live)}
    >
      <span className={styles.track} aria-hidden="true" />
      {t('live')}
    </button>
  );
}
