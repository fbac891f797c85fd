import { useHealth } from '../api/health.tsx';
import { ApiError } from '../api/request.ts';
import styles from './banner.module.css';
import { useShellText } from './text.ts';

/** Explains why the page shows old data: the session ended, or the console does not answer. */
export function Banner() {
  const { t } = useShellText();
  const { error } = useHealth();
  const status = error instanceof ApiError ? error.status : null;
  return (
    <div role="alert" className={styles.place}>
      {status === 401 ? (
        <div className={styles.banner}>
          <strong>{t('ended')}</strong>
          <span>
            {t('endedDemo')} <code>npm run demo -- status</code>
          </span>
          <span>
            {t('endedCompose')} <code>docker compose exec console url</code>
          </span>
        </div>
      ) : null}
      {status === 0 ? (
        <div className={styles.banner}>
          <strong>{t('silent')}</strong>
          <span>{t('silentHint')}</span>
        </div>
      ) : null}
    </div>
  );
}
