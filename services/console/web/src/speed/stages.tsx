import type { SpeedView } from '@lmt/contracts';
import { DataTable } from '../ui/data-table.tsx';
import { formatMs } from '../ui/time.tsx';
import type { Percentile } from './read-choice.ts';
import styles from './stages.module.css';
import { useSpeedText } from './text.ts';

interface StagesProps {
  readonly stages: SpeedView['stages'];
  readonly of: Percentile;
}

/** A bar with a part for each stage, as wide as its time, and a table that explains the stages. */
export function Stages({ stages, of }: StagesProps) {
  const { t } = useSpeedText();
  const names = stages.map((stage) => `${t(`stages.${stage.stage}`)} ${formatMs(stage[of])}`).join(', ');
  return (
    <div className={styles.content}>
      <div className={styles.bar} role="img" aria-label={t('bar', { of, stages: names })}>
        {stages.map((stage) => (
          <span
            key={stage.stage}
            className={styles.part}
            data-stage={stage.stage}
            style={{ flexGrow: Math.max(stage[of], 0.001) }}
            title={`${t(`stages.${stage.stage}`)} ${formatMs(stage[of])}`}
          >
            <span className={styles.label}>{t(`stages.${stage.stage}`)}</span>
          </span>
        ))}
      </div>
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
                <span className={styles.swatch} data-stage={stage} aria-hidden="true" />
                {t(`stages.${stage}`)}
              </>
            ),
          },
          ...(['p50', 'p95', 'p99'] as const).map((percentile) => ({
            id: percentile,
            header: percentile,
            kind: 'number' as const,
            cell: (stage: StagesProps['stages'][number]) => formatMs(stage[percentile]),
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
