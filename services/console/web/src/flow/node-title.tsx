import { chooseRecovery, useSession } from '../api/control.ts';
import type { ControlledProcess } from '../api/views.ts';
import type { Cause } from '../layout/incident.ts';
import { ProcessButton } from '../layout/process-button.tsx';
import { RecoveryButton } from '../layout/recovery-button.tsx';
import type { ServiceState } from '../layout/service-state.ts';
import { useShellText } from '../layout/text.ts';
import styles from './node.module.css';

interface NodeTitleProps {
  readonly name: Cause | 'HTTP';
  readonly phase: ServiceState['phase'];
  readonly process: ControlledProcess | undefined;
  readonly reasons?: readonly string[];
  /** Shown if there are several. */
  readonly instances?: number;
}

/** The name and the state of a process in the drawing, with the commands of the demo. */
export function NodeTitle({ name, phase, process, reasons = [], instances = 1 }: NodeTitleProps) {
  const { t } = useShellText();
  const commands = useSession()?.control?.commands ?? [];
  // The button that brings the process back names its state too.
  const isRecoverable = chooseRecovery(process, commands) !== null;
  const title = name === 'HTTP' ? name : t(`names.${name}`);
  return (
    <div className={styles.title}>
      <strong>{title}</strong>
      {isRecoverable ? (
        <RecoveryButton process={process} />
      ) : (
        <>
          <span className={styles.phase}>
            {instances > 1 ? `${instances} × ` : ''}
            {t(`phases.${phase}`)}
          </span>
          {name === 'HTTP' || process === undefined ? null : (
            <ProcessButton
              name={name}
              process={process}
              reasons={reasons}
              className={styles.more}
              aria-label={t('process.more', { name: title })}
              title={t('process.more', { name: title })}
            >
              ⋯
            </ProcessButton>
          )}
        </>
      )}
    </div>
  );
}
