import type { Page, StockMovementView, StockView } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { serverNow } from '../api/server-clock.ts';
import { Chart } from '../ui/chart.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/number.ts';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { toLevels } from './levels.ts';
import styles from './stock.module.css';
import { useStockText } from './text.ts';

const MINUTES = 15;
// The most that a page of the API can have.
const MOVEMENTS = 200;
const TABLE_ROWS = 50;

/** The available stock over the last minutes, as far as the newest movements reach. */
export function LevelChart({ stock: { sku, available } }: { readonly stock: StockView }) {
  const { t, i18n } = useStockText();
  const { data } = useLiveQuery<Page<StockMovementView>>(
    `/stock/${encodeURIComponent(sku)}/movements?limit=${MOVEMENTS}`,
  );
  if (data === undefined) return null;
  const to = serverNow();
  const from = to - MINUTES * 60_000;
  const hasOlder = data.nextCursor !== null;
  const levels = toLevels({ available, movements: data.items, from, to });
  const isCut = hasOlder && (levels[0]?.at ?? from) > from;
  const format = (pieces: number) => formatCount(pieces, i18n.language);
  return (
    <Panel
      title={t('lastMinutes', { minutes: MINUTES })}
      aside={
        <span>
          {t('available')} <strong className={styles.available}>{format(available)}</strong>
        </span>
      }
    >
      <Chart
        label={t('chart', { sku, minutes: MINUTES })}
        times={levels.map(({ at }) => at / 1_000)}
        lines={[
          {
            label: t('available'),
            colour: '--accent',
            shape: 'steps',
            values: levels.map((level) => level.available),
          },
        ]}
        format={format}
        scale="level"
      />
      {isCut ? <p className={styles.note}>{t('since', { count: MOVEMENTS })}</p> : null}
      <details>
        <summary>{t('asTable')}</summary>
        <DataTable
          label={t('chart', { sku, minutes: MINUTES })}
          rows={levels.toReversed().slice(0, TABLE_ROWS)}
          rowKey={({ at }) => String(at)}
          columns={[
            { id: 'at', header: t('time'), cell: ({ at }) => <Time at={new Date(at).toISOString()} /> },
            {
              id: 'available',
              header: t('available'),
              kind: 'number',
              cell: (level) => format(level.available),
            },
          ]}
        />
      </details>
    </Panel>
  );
}
