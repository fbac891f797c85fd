import type { ControlledProcess } from '../api/views.ts';
import { Hidden } from '../ui/hidden.tsx';
import styles from './health.module.css';
import type { Cause } from './incident.ts';
import { ProcessButton } from './process-button.tsx';
import type { ServiceState } from './service-state.ts';
import { useShellText } from './text.ts';

interface HealthChipProps {
  readonly state: ServiceState & { readonly name: Cause };
  readonly process: ControlledProcess | undefined;
}

/**
 * The state of a process. Hover or focus shows its reasons. Screen readers get them with the name. In a
 * demo it opens the commands that break it or bring it back.
 */
export function HealthChip({ state, process }: HealthChipProps) {
  const { t } = useShellText();
  const { name, phase, reasons, instances } = state;
  const details = reasons.length > 0 ? reasons : [t(`phaseDetails.${phase}`)];
  return (
    <div className={styles.chip}>
      <ProcessButton
        name={name}
        process={process}
        reasons={reasons}
        className={styles.button}
        data-phase={phase}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      >
        <span className={styles.dot} data-phase={phase} aria-hidden="true" />
        {t(`names.${name}`)}
        <Hidden>
          {' '}
          {t(`phases.${phase}`)} {reasons.join('; ')}
        </Hidden>
      </ProcessButton>
      <div className={styles.reasons} aria-hidden="true">
        <strong>
          {t(`names.${name}`)}: {t(`phases.${phase}`)}
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
