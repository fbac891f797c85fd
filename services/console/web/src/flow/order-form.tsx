import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Announcement } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { OrderAnswers } from './order-answers.tsx';
import styles from './order-form.module.css';
import { type OrderToSend, sendOrders, toOrders } from './send-orders.ts';
import { useFlowText } from './text.ts';
import { useStock } from './use-stock.ts';

interface Values {
  readonly customerId: string;
  /** Null until the user chooses: the first SKU with stock. */
  readonly sku: string | null;
  readonly quantity: number;
  readonly count: number;
  readonly key: string;
}

const INITIAL: Values = { customerId: 'alice', sku: null, quantity: 1, count: 1, key: '' };

/** Places one or many orders and shows the answers. */
export function OrderForm() {
  const { t } = useFlowText();
  const { stock, isOld, sku: proposed } = useStock();
  const [values, setValues] = useState(INITIAL);
  const chosen = values.sku ?? proposed;
  const sending = useMutation({
    mutationFn: (orders: readonly OrderToSend[]) => sendOrders(orders),
  });
  const sent = sending.variables;
  const [first] = sending.data ?? [];
  const errors = first !== undefined && 'error' in first ? first.error.errors : [];
  const findError = (path: string) => errors.find((error) => error.path === path)?.message;

  const set = (change: Partial<Values>) => setValues({ ...values, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { customerId, quantity, key, count } = values;
    sending.mutate(toOrders({ customerId, items: [{ sku: chosen, quantity }] }, key.trim(), count));
  };
  const repeatable = sending.isSuccess && sent?.some(({ key }) => key !== null) ? sent : null;
  return (
    <Panel title={t('form.title')}>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t('form.customer')} error={findError('customerId')}>
          {(props) => (
            <input
              {...props}
              required
              value={values.customerId}
              onChange={(event) => set({ customerId: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('form.sku')} error={findError('items.0.sku')}>
          {(props) => (
            <input
              {...props}
              required
              value={chosen}
              onChange={(event) => set({ sku: event.target.value })}
            />
          )}
        </Field>
        {stock.length === 0 ? null : (
          <ul className={styles.stock} data-old={isOld} aria-label={t('form.stock')}>
            {stock.map(({ sku, available }) => (
              <li key={sku}>
                <Button small aria-pressed={sku === chosen} onClick={() => set({ sku })}>
                  {sku} <span>{available}</span>
                </Button>
              </li>
            ))}
          </ul>
        )}
        <Field label={t('form.quantity')} error={findError('items.0.quantity')}>
          {(props) => (
            <input
              {...props}
              type="number"
              required
              value={Number.isNaN(values.quantity) ? '' : values.quantity}
              onChange={(event) => set({ quantity: event.target.valueAsNumber })}
            />
          )}
        </Field>
        <Field label={t('form.count')}>
          {(props) => (
            <input
              {...props}
              type="number"
              required
              min={1}
              max={200}
              value={Number.isNaN(values.count) ? '' : values.count}
              onChange={(event) => set({ count: event.target.valueAsNumber })}
            />
          )}
        </Field>
        <details className={styles.wide}>
          <summary>{t('form.more')}</summary>
          <Field label={t('form.key')} hint={t('form.keyHint')}>
            {(props) => (
              <div className={styles.key}>
                <input
                  {...props}
                  value={values.key}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={(event) => set({ key: event.target.value })}
                />
                <Button onClick={() => set({ key: `order-${Date.now().toString(36)}` })}>
                  {t('form.makeKey')}
                </Button>
              </div>
            )}
          </Field>
        </details>
        <div className={styles.buttons}>
          <Button type="submit" tone="primary" disabled={sending.isPending}>
            {sending.isPending
              ? t('form.sending')
              : t('form.place', { count: Number.isNaN(values.count) ? 1 : values.count })}
          </Button>
          {repeatable === null ? null : (
            <Button onClick={() => sending.mutate(repeatable)}>{t('form.again')}</Button>
          )}
        </div>
      </form>
      <Announcement>
        {sending.data === undefined ? null : <OrderAnswers answers={sending.data} />}
        {sending.isError ? <p>{sending.error.message}</p> : null}
      </Announcement>
    </Panel>
  );
}
