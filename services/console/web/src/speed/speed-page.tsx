import type { SpeedView } from '@lmt/contracts';
import { Link } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { useSearchParams } from '../ui/address.ts';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Choice } from './choice.tsx';
import { PERCENTILES, PERIODS, type Percentile, readChoice } from './read-choice.ts';
import styles from './speed.module.css';
import { SpeedCharts } from './speed-charts.tsx';
import { Stages } from './stages.tsx';
import { useSpeedText } from './text.ts';
import { Total } from './total.tsx';

export default function SpeedPage() {
  const { t } = useSpeedText();
  const params = useSearchParams();
  const { minutes, of } = readChoice(params);
  const { data, error } = useLiveQuery<SpeedView>(`/messages/speed?minutes=${minutes}`, { everyMs: 2_000 });
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <Choice
          label={t('period')}
          name="minutes"
          values={PERIODS}
          chosen={minutes}
          format={(value) => t('minutes', { minutes: value })}
        />
      }
    >
      <div className={styles.content}>
        {error === null ? null : <Failure error={error} />}
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : null
        ) : (
          <Speed data={data} minutes={minutes} of={of} />
        )}
      </div>
    </Page>
  );
}

interface SpeedProps {
  readonly data: SpeedView;
  readonly minutes: number;
  readonly of: Percentile;
}

function Speed({ data, minutes, of }: SpeedProps) {
  const { t } = useSpeedText();
  if (data.total === null)
    return (
      <Empty title={t('empty', { minutes })}>
        <p>{t('emptyHint')}</p>
        <p>
          <Link to="/">{t('toFlow')}</Link>
        </p>
      </Empty>
    );
  return (
    <>
      <Total total={data.total} speed={data} />
      <Panel
        title={t('whereTimeGoes')}
        aside={<Choice label={t('percentile')} name="of" values={PERCENTILES} chosen={of} />}
      >
        <Stages stages={data.stages} messages={data.messages} of={of} />
      </Panel>
      <SpeedCharts speed={data} minutes={minutes} />
    </>
  );
}
