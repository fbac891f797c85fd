import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLive } from '../api/live.tsx';
import { Button } from '../ui/button.tsx';
import { Time } from '../ui/time.tsx';
import styles from './live-switch.module.css';
import { useShellText } from './text.ts';

/** Pauses and resumes the refresh of every page. While it is paused, a button refreshes once. */
export function LiveSwitch() {
  const { t } = useShellText();
  const { live, setLive } = useLive();
  const queries = useQueryClient();
  const [readAt, setReadAt] = useState('');
  const noteTime = () => setReadAt(new Date().toISOString());
  return (
    <div className={styles.place}>
      <button
        type="button"
        role="switch"
        aria-checked={live}
        aria-label={t('live')}
        className={styles.switch}
        title={live ? t('livePause') : t('liveResume')}
        onClick={() => {
          noteTime();
          setLive(!live);
        }}
      >
        <span className={styles.track} aria-hidden="true" />
        {live ? (
          t('live')
        ) : (
          <>
            {t('paused')} <Time at={readAt} />
          </>
        )}
      </button>
      {live ? null : (
        <Button
          small
          onClick={() => {
            noteTime();
            void queries.invalidateQueries();
          }}
        >
          {t('refresh')}
        </Button>
      )}
    </div>
  );
}
