import { useProcesses } from '../api/control.ts';
import { formatCount } from '../ui/number.ts';
import { Time } from '../ui/time.tsx';
import styles from './banner.module.css';
import { RecoveryButton } from './recovery-button.tsx';
import { useShellText } from './text.ts';
import { type SeenIncident, useStats } from './use-incident.ts';

/** The cause of an incident, what it does to the messages, and the button that ends it. */
export function IncidentBanner({ incident }: { readonly incident: SeenIncident | null }) {
  const { t, i18n } = useShellText();
  const process = useProcesses().find(({ name }) => name === incident?.cause);
  const { data: stats, error } = useStats();
  const waiting = stats === undefined ? null : stats.counts.PENDING + stats.counts.PUBLISHED;
  const atLeast = stats?.atLeast.some((status) => status === 'PENDING' || status === 'PUBLISHED');
  return (
    <div className={incident === null ? undefined : styles.banner}>
      <span role="alert">
        {incident === null ? null : (
          <>
            <strong>
              {t(`names.${incident.cause}`)} {t(`incident.${incident.phase}`)}
            </strong>{' '}
            {t('incident.since')} <Time at={incident.since} /> {incident.isOlder ? t('incident.older') : null}
          </>
        )}
      </span>
      {incident === null ? null : (
        <>
          <RecoveryButton process={process} />
          <span className={styles.effect}>
            {waiting === null || error !== null ? null : (
              <b>
                {t('incident.waiting', {
                  count: waiting,
                  shown: formatCount(waiting, i18n.language, { atLeast }),
                })}
              </b>
            )}{' '}
            {t(`incident.effect.${incident.cause}`)}
          </span>
        </>
      )}
    </div>
  );
}
