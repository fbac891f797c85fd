import { useQuery } from '@tanstack/react-query';
import { useSession } from '../api/control.ts';
import { send } from '../api/request.ts';
import type { Verification } from '../api/views.ts';
import { VERIFY } from '../experiments/paste.ts';
import { PasteCommands } from '../experiments/paste-commands.tsx';
import { Button } from '../ui/button.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { Checks, Counts } from './checks.tsx';
import { useVerifyText } from './text.ts';
import styles from './verify.module.css';

export default function VerifyPage() {
  const { t } = useVerifyText();
  const session = useSession();
  const canVerify = session?.control?.commands.includes('verify') ?? false;
  // Runs on demand only. The last answer stays when the user leaves the page.
  const { data, error, isFetching, dataUpdatedAt, refetch } = useQuery({
    queryKey: ['verify'],
    queryFn: async () => (await send<Verification>('/control/verify', { method: 'POST', body: {} })).body,
    enabled: false,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        canVerify ? (
          <Button tone="primary" disabled={isFetching} onClick={() => void refetch()}>
            {isFetching ? t('running') : t('run')}
          </Button>
        ) : null
      }
    >
      <div className={styles.content}>
        {session === undefined || canVerify ? null : (
          <Panel title={t('run')}>
            <div className={styles.content}>
              <p>{t('paste')}</p>
              <PasteCommands paste={VERIFY} />
            </div>
          </Panel>
        )}
        {error === null ? null : <Failure error={error} />}
        <Announcement>{data === undefined || isFetching ? null : <Summary of={data} />}</Announcement>
        {isFetching ? <Loading /> : null}
        {data === undefined ? (
          canVerify && !isFetching ? (
            <Empty title={t('never')} />
          ) : null
        ) : (
          <Panel
            title={<Counts of={data} />}
            aside={
              <span>
                {t('ranAt')} <Time at={new Date(dataUpdatedAt).toISOString()} date />
              </span>
            }
          >
            <Checks verification={data} />
          </Panel>
        )}
      </div>
    </Page>
  );
}

function Summary({ of: { ok, checks } }: { readonly of: Verification }) {
  const { t } = useVerifyText();
  const open = checks.filter(({ state }) => state === 'open').length;
  return (
    <Notice tone={!ok ? 'bad' : open > 0 ? 'info' : 'good'}>
      <p>
        <strong>{!ok ? t('notOk') : open > 0 ? t('notBroken') : t('ok')}</strong>{' '}
        {open > 0 ? t('open', { count: open }) : null}
      </p>
    </Notice>
  );
}
