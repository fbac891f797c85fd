import type { ControlledProcess } from '../api/views.ts';
import { Hidden } from '../ui/hidden.tsx';
import styles from './health.module.css';
import { RecoveryButton } from './recovery-button.tsx';
import type { ServiceState } from './service-state.ts';
import { useShellText } from './text.ts';

interface HealthChipProps {
  readonly state: ServiceState;
  readonly process: ControlledProcess | undefined;
}

/** A service's state. Hover or focus shows its reasons. Screen readers get them with the name. */
export function HealthChip({ state, process }: HealthChipProps) {
  const { t } = useShellText();
  const { name, phase, reasons, instances } = state;
  const details = reasons.length > 0 ? reasons : [t(`phaseDetails.${phase}`)];
  return (
    <div className={styles.chip}>
      <button
        type="button"
        className={styles.button}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      >
        <span className={styles.dot} data-phase={phase} aria-hidden="true" />
        {name}
        {phase === 'up' ? null : <span className={styles.phase}>{t(`phases.${phase}`)}</span>}
        <Hidden>
          {phase === 'up' ? t('phases.up') : ''} {reasons.join('; ')}
        </Hidden>
      </button>
      <RecoveryButton process={process} />
      <div className={styles.reasons} aria-hidden="true">
        <strong>
          {name}: {t(`phases.${phase}`)}
        </strong>
        {details.map((detail) => (
          <p key={detail}>{detail}</p>
        ))}
        {instances > 1 ? <p>{t('instances', { count: instances })}</p> : null}
        {process !== undefined && process.restarts > 0 ? (
          <p>{t('restarts', { count: process.restarts })}</p>
        ) : null}
      </div>
    </div>
  );
}
