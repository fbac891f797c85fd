import type { StockView } from '@lmt/contracts';
import { useParams } from 'wouter';
import { useLiveQuery } from '../api/live.tsx';
import { ApiError } from '../api/request.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { AdjustmentForm } from './adjustment-form.tsx';
import { LevelChart } from './level-chart.tsx';
import { Movements } from './movements.tsx';
import styles from './stock.module.css';
import { useStockText } from './text.ts';

export default function SkuPage() {
  const { t } = useStockText();
  const { sku = '' } = useParams();
  const { data, error, dataUpdatedAt } = useLiveQuery<StockView>(`/stock/${encodeURIComponent(sku)}`);
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <Page
      title={sku}
      lead={t('skuLead')}
      actions={
        <ButtonLink to="/stock" tone="quiet">
          {t('all')}
        </ButtonLink>
      }
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          {error === null || isUnknown ? null : <Failure error={error} asOf={dataUpdatedAt} />}
          {isUnknown ? (
            <Empty title={t('unknown', { sku })}>
              <p>{t('unknownHint')}</p>
            </Empty>
          ) : data === undefined ? (
            error === null ? (
              <Loading />
            ) : null
          ) : (
            <>
              <LevelChart stock={data} />
              <Movements key={sku} sku={sku} />
            </>
          )}
        </div>
        <div className={styles.column}>
          <Panel title={t('adjust')}>
            <AdjustmentForm key={sku} sku={sku} />
          </Panel>
        </div>
      </div>
    </Page>
  );
}
