import type { Page as PageOf, StockView } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { toQuery } from '../api/request.ts';
import { useSearchParams } from '../ui/address.ts';
import { DataTable } from '../ui/data-table.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { formatCount } from '../ui/number.ts';
import { Page } from '../ui/page.tsx';
import { Pager } from '../ui/pager.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { AdjustmentForm } from './adjustment-form.tsx';
import styles from './stock.module.css';
import { useStockText } from './text.ts';

export default function StockPage() {
  const { t } = useStockText();
  const params = useSearchParams();
  const query = toQuery({ limit: 100, cursor: params.get('cursor') });
  const { data, error, dataUpdatedAt } = useLiveQuery<PageOf<StockView>>(`/stock${query}`);
  return (
    <Page title={t('title')} lead={t('lead')}>
      <div className={styles.columns}>
        <div className={styles.column}>
          {error === null ? null : <Failure error={error} asOf={dataUpdatedAt} />}
          {data === undefined ? error === null ? <Loading /> : null : <StockTable page={data} />}
        </div>
        <Panel title={t('adjust')}>
          <AdjustmentForm />
        </Panel>
      </div>
    </Page>
  );
}

function StockTable({ page }: { readonly page: PageOf<StockView> }) {
  const { t, i18n } = useStockText();
  if (page.items.length === 0)
    return (
      <Empty title={t('empty')}>
        <p>{t('emptyHint')}</p>
      </Empty>
    );
  return (
    <>
      <DataTable
        label={t('title')}
        rows={page.items}
        rowKey={({ sku }) => sku}
        columns={[
          {
            id: 'sku',
            header: t('sku'),
            cell: ({ sku }) => <Identifier of={sku} to={`/stock/${encodeURIComponent(sku)}`} />,
          },
          {
            id: 'available',
            header: t('available'),
            kind: 'number',
            cell: ({ available }) => formatCount(available, i18n.language),
          },
        ]}
      />
      <Pager page={page} />
    </>
  );
}
