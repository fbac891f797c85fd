import type { Sight } from './experiment.ts';
import styles from './service-list.module.css';
import { toServiceStates } from './service-states.ts';
import { useExperimentsText } from './text.ts';

/** Each service and datastore with its state. The system's own words for a problem are on demand. */
export function ServiceList({ sight }: { readonly sight: Sight }) {
  const { t } = useExperimentsText();
  return (
    <ul className={styles.services} aria-label={t('services')}>
      {toServiceStates(sight).map(({ name, tone, key, problems }) => (
        <li key={name} data-tone={tone}>
          <strong>{name}</strong> {t(key)}
          {problems.map(({ check, reason }) => (
            <Problem
              key={check + reason}
              check={check}
              reason={reason}
              isDirect={sight.broker === 'direct'}
            />
          ))}
        </li>
      ))}
    </ul>
  );
}

interface ProblemProps {
  readonly check: string;
  readonly reason: string;
  readonly isDirect: boolean;
}

function Problem({ check, reason, isDirect }: ProblemProps) {
  const { t } = useExperimentsText();
  const name = check === 'broker' && isDirect ? 'receiver' : check;
  return (
    <details className={styles.reason}>
      <summary>{t(`checks.${name}`, { defaultValue: check })}</summary>
      {reason}
    </details>
  );
}
