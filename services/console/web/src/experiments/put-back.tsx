import { useState } from 'react';
import { useProcesses, useSession } from '../api/control.ts';
import { send } from '../api/request.ts';
import { Button } from '../ui/button.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { PUT_BACK } from './paste.ts';
import { PasteCommands } from './paste-commands.tsx';
import styles from './put-back.module.css';
import { toRestore } from './restore.ts';
import { useExperimentsText } from './text.ts';

/** Starts and resumes every process that is down or paused, whatever stopped it. */
export function PutBack() {
  const { t } = useExperimentsText();
  const session = useSession();
  const calls = toRestore(useProcesses());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const canStart = session?.control?.commands.includes('start') ?? false;

  async function putBack() {
    setBusy(true);
    setError(null);
    // One after the other: the services need their datastores.
    for (const { command, body } of calls)
      await send(`/control/${command}`, { method: 'POST', body }).catch((failure: Error) =>
        setError(`${body.name}: ${failure.message}`),
      );
    setBusy(false);
  }

  return (
    <Panel title={t('putBack')}>
      <div className={styles.content}>
        {canStart ? (
          <>
            <Announcement>
              <p>
                {calls.length === 0
                  ? t('inPlace')
                  : t('outOfPlace', { names: calls.map(({ body }) => body.name).join(', ') })}
              </p>
            </Announcement>
            {calls.length === 0 ? null : (
              <div>
                <Button disabled={busy} onClick={() => void putBack()}>
                  {busy ? t('puttingBack') : t('putBack')}
                </Button>
              </div>
            )}
          </>
        ) : (
          <>
            <p>{t('putBackPaste')}</p>
            <PasteCommands paste={PUT_BACK} />
          </>
        )}
        {error === null ? null : (
          <Notice tone="bad">
            <p>
              {t('putBackFailed')}: {error}
            </p>
          </Notice>
        )}
      </div>
    </Panel>
  );
}
