import { chooseRecovery, useCommand, useSession } from '../api/control.ts';
import type { ControlledProcess } from '../api/views.ts';
import { Button } from '../ui/button.tsx';
import { isCause } from './incident.ts';
import { useShellText } from './text.ts';

/** Starts or resumes a process of the demo that is down or paused. Otherwise it renders nothing. */
export function RecoveryButton({ process }: { readonly process: ControlledProcess | undefined }) {
  const { t } = useShellText();
  const session = useSession();
  const command = useCommand();
  const recovery = chooseRecovery(process, session?.control?.commands ?? []);
  if (process === undefined || recovery === null) return null;
  const { name } = process;
  const label = isCause(name) ? t(`names.${name}`) : name;
  return (
    <Button
      small
      disabled={command.isPending}
      aria-label={`${t(recovery)}: ${label}`}
      title={command.error?.message}
      onClick={() => command.mutate({ command: recovery, body: { name } })}
    >
      {t(recovery)}
    </Button>
  );
}
