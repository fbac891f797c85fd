import { Link } from 'wouter';
import { useCommand, useSession } from '../api/control.ts';
import type { ControlledProcess } from '../api/views.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/states.tsx';
import type { Cause } from './incident.ts';
import styles from './process-dialog.module.css';
import { RecoveryButton } from './recovery-button.tsx';
import { useShellText } from './text.ts';

/** The experiment that shows what the command teaches, by `command process`. */
const EXPERIMENTS: Readonly<Record<string, string | undefined>> = {
  'kill relay': 'kill-relay',
  'kill inventory': 'kill-inventory',
  'pause inventory': 'pause-inventory',
  'kill kafka': 'stop-kafka',
  'wipe-kafka kafka': 'wipe-kafka',
  'kill postgres': 'stop-postgres',
};

const COMMANDS = ['kill', 'pause', 'wipe-kafka'] as const;

interface ProcessDialogProps {
  readonly name: Cause;
  readonly process: ControlledProcess;
  readonly reasons: readonly string[];
  readonly onClose: () => void;
}

/** The state of a process of the demo, and the commands that break it or bring it back. */
export function ProcessDialog({ name, process, reasons, onClose }: ProcessDialogProps) {
  const { t } = useShellText();
  const commands = useSession()?.control?.commands ?? [];
  const { mutate, error, isPending } = useCommand();
  const isUp = process.phase === 'up';
  const offered = COMMANDS.filter(
    (command) => commands.includes(command) && (command === 'wipe-kafka' ? name === 'kafka' : isUp),
  );
  const run = (command: (typeof offered)[number]) =>
    mutate({ command, body: command === 'wipe-kafka' ? {} : { name } }, { onSuccess: onClose });
  return (
    <Dialog
      title={t('process.title', { name: t(`names.${name}`), phase: t(`phases.${process.phase}`) })}
      onClose={onClose}
    >
      {reasons.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {process.restarts > 0 ? <p>{t('restarts', { count: process.restarts })}</p> : null}
      <p>{t(`process.effect.${name}`)}</p>
      <ul className={styles.commands}>
        {isUp ? null : (
          <li>
            <RecoveryButton process={process} />
          </li>
        )}
        {offered.map((command) => (
          <li key={command}>
            <Button tone="danger" disabled={isPending} onClick={() => run(command)}>
              {t(`process.${command}`)}
            </Button>
            <span>
              {t(`process.hints.${command}`)}{' '}
              <Experiment id={EXPERIMENTS[`${command} ${name}`]} onClick={onClose} />
            </span>
          </li>
        ))}
      </ul>
      {error === null ? null : <Failure error={error} />}
    </Dialog>
  );
}

interface ExperimentProps {
  readonly id: string | undefined;
  readonly onClick: () => void;
}

function Experiment({ id, onClick }: ExperimentProps) {
  const { t } = useShellText();
  if (id === undefined) return null;
  return (
    <Link to={`/break/${id}`} onClick={onClick}>
      {t('process.learn')}
    </Link>
  );
}
