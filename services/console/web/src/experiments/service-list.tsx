import type { Sight } from './experiment.ts';
import styles from './service-list.module.css';
import { useExperimentsText } from './text.ts';

/** Each service with the reason why it cannot work. */
export function ServiceList({ sight: { health } }: { readonly sight: Sight }) {
  const { t } = useExperimentsText();
  if (health === null) return null;
  return (
    <ul className={styles.services} aria-label={t('services')}>
      {health.services.map(({ name, instances }) => {
        const ready = instances.some((instance) => instance.ready);
        const reasons = instances.flatMap(({ problems }) => problems.map(({ reason }) => reason));
        return (
          <li key={name} data-ready={ready}>
            <strong>{name}</strong> {ready ? t('ready') : t('notReady')}
            {ready || reasons.length === 0 ? null : (
              <span className={styles.reason}>{reasons.join('; ')}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
