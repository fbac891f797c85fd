import type { ControlledProcess } from '../api/views.ts';
import { RecoveryButton } from '../layout/recovery-button.tsx';
import type { ServiceState } from '../layout/service-state.ts';
import { useShellText } from '../layout/text.ts';
import styles from './node.module.css';

interface NodeTitleProps {
  readonly name: string;
  readonly phase: ServiceState['phase'];
  readonly process: ControlledProcess | undefined;
  /** Shown if there are several. */
  readonly instances?: number;
}

/** The name and the state of a process in the drawing, with the button that brings it back. */
export function NodeTitle({ name, phase, process, instances = 1 }: NodeTitleProps) {
  const { t } = useShellText();
  return (
    <div className={styles.title}>
      <strong>{name}</strong>
      <span className={styles.phase}>
        {instances > 1 ? `${instances} × ` : ''}
        {t(`phases.${phase}`)}
      </span>
      <RecoveryButton process={process} />
    </div>
  );
}
