import type { StockAdjustmentRequest, StockView } from '@lmt/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { newKey } from '../api/new-key.ts';
import { ApiError, send } from '../api/request.ts';
import { encodeOperator, readOperator, rememberOperator } from '../decisions/operator.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { Failure } from '../ui/states.tsx';
import { type Attempt, keepKey } from './retry-key.ts';
import styles from './stock.module.css';
import { useStockText } from './text.ts';

interface Adjustment extends StockAdjustmentRequest {
  readonly sku: string;
  readonly operator: string;
}

/** Adds stock or takes it away. Asks for the SKU if the page is not about one. */
export function AdjustmentForm({ sku: fixed }: { readonly sku?: string }) {
  const { t } = useStockText();
  const client = useQueryClient();
  const [sku, setSku] = useState(fixed ?? '');
  const [delta, setDelta] = useState('');
  const [reason, setReason] = useState('');
  const [operator, setOperator] = useState(readOperator);
  const attempt = useRef<Attempt>(null);

  const { mutate, data, error, isPending } = useMutation({
    mutationFn: ({ sku, operator, ...body }: Adjustment) => {
      attempt.current = keepKey(attempt.current, JSON.stringify({ sku, operator, ...body }), newKey);
      const headers = { 'idempotency-key': attempt.current.key, 'x-operator': encodeOperator(operator) };
      return send<StockView>(`/stock/${encodeURIComponent(sku)}/adjustments`, {
        method: 'POST',
        body,
        headers,
      });
    },
    onSuccess: () => {
      attempt.current = null;
      setDelta('');
      void client.invalidateQueries();
    },
  });

  function submit(event: SubmitEvent) {
    event.preventDefault();
    rememberOperator(operator);
    mutate({ sku: sku.trim(), delta: Number(delta), reason, operator });
  }

  const refused = (path: string) =>
    error instanceof ApiError ? error.errors.find((problem) => problem.path === path)?.message : undefined;
  const hasNoField = error !== null && !(error instanceof ApiError && error.errors.length > 0);
  return (
    <form className={styles.form} onSubmit={submit}>
      {fixed === undefined ? (
        <Field label={t('sku')} error={refused('sku')}>
          {(props) => (
            <input
              {...props}
              required
              maxLength={64}
              value={sku}
              onChange={({ target }) => setSku(target.value)}
            />
          )}
        </Field>
      ) : null}
      <Field label={t('delta')} hint={t('deltaHint')} error={refused('delta')}>
        {(props) => (
          <input
            {...props}
            required
            inputMode="numeric"
            pattern="[+\-]?[0-9]*[1-9][0-9]*"
            title={t('deltaError')}
            value={delta}
            onChange={({ target }) => setDelta(target.value)}
          />
        )}
      </Field>
      <Field label={t('reason')} error={refused('reason')}>
        {(props) => (
          <input
            {...props}
            required
            maxLength={500}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        )}
      </Field>
      <Field label={t('name')} hint={t('nameHint')} error={refused('x-operator')}>
        {(props) => (
          <input
            {...props}
            required
            maxLength={100}
            autoComplete="name"
            value={operator}
            onChange={({ target }) => setOperator(target.value)}
          />
        )}
      </Field>
      <div>
        <Button type="submit" tone="primary" disabled={isPending}>
          {isPending ? t('submitting') : hasNoField ? t('retry') : t('submit')}
        </Button>
      </div>
      {hasNoField ? (
        <>
          <Failure error={error} />
          <p className={styles.note}>{t('retryHint')}</p>
        </>
      ) : null}
      <Announcement>
        {data === undefined || isPending ? null : (
          <Notice tone="good">
            <p>
              {t('done', { ...data.body })} {data.replayed ? t('replayed') : null}
            </p>
          </Notice>
        )}
      </Announcement>
    </form>
  );
}
