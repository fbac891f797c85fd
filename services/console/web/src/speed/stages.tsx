import type { SpeedView, Stage } from '@lmt/contracts';
import { DataTable } from '../ui/data-table.tsx';
import { formatMs } from '../ui/time.tsx';
import { isEnough } from './enough.ts';
import type { Percentile } from './read-choice.ts';
import styles from './stages.module.css';
import '../ui/stages.css';
import { useSpeedText } from './text.ts';

interface StagesProps {
  readonly stages: SpeedView['stages'];
  /** Number of measured messages. */
  readonly messages: number;
  readonly of: Percentile;
}

/** A bar with a part for each stage, as wide as its time, its legend, and a table that explains the stages. */
export function Stages({ stages, messages, of }: StagesProps) {
  const { t } = useSpeedText();
  return (
    <div className={styles.content}>
      <div className={styles.bar} aria-hidden="true">
        {stages.map((stage) => (
          <span
            key={stage.stage}
            className={styles.part}
            data-stage={stage.stage}
            style={{ flexGrow: Math.max(stage[of], 0.001) }}
          />
        ))}
      </div>
      <ul className={styles.legend} aria-label={t('bar', { of })}>
        {stages.map((stage) => (
          <li key={stage.stage}>
            <Swatch of={stage.stage} />
            {t(`stages.${stage.stage}`)} <strong>{formatMs(stage[of])}</strong>
          </li>
        ))}
      </ul>
      <p className={styles.note}>{t('barNote', { of })}</p>
      <DataTable
        label={t('byStage')}
        rows={stages}
        rowKey={({ stage }) => stage}
        columns={[
          {
            id: 'stage',
            header: t('stage'),
            kind: 'tight',
            cell: ({ stage }) => (
              <>
                <Swatch of={stage} />
                {t(`stages.${stage}`)}
              </>
            ),
          },
          ...(['p50', 'p95', 'p99'] as const).map((percentile) => ({
            id: percentile,
            header: percentile,
            kind: 'number' as const,
            cell: (stage: StagesProps['stages'][number]) =>
              isEnough(percentile, messages) ? formatMs(stage[percentile]) : '–',
          })),
          {
            id: 'meaning',
            header: t('meaning'),
            cell: ({ stage }) => <span className={styles.meaning}>{t(`meanings.${stage}`)}</span>,
          },
        ]}
      />
    </div>
  );
}

const Swatch = ({ of }: { readonly of: Stage }) => (
  <span className={styles.swatch} data-stage={of} aria-hidden="true" />
);
