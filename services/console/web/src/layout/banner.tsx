import { useHealth } from '../api/health.tsx';
import { ApiError } from '../api/request.ts';
import styles from './banner.module.css';
import { IncidentBanner } from './incident-banner.tsx';
import { useShellText } from './text.ts';
import type { SeenIncident } from './use-incident.ts';

interface BannerProps {
  readonly incident: SeenIncident | null;
}

/**
 * Explains what is wrong: the session ended, the console does not answer, or a process does not work.
 */
export function Banner({ incident }: BannerProps) {
  const { t } = useShellText();
  const { error } = useHealth();
  const status = error instanceof ApiError ? error.status : null;
  return (
    <div className={styles.place}>
      <div role="alert">
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
      <IncidentBanner incident={incident} />
    </div>
  );
}
