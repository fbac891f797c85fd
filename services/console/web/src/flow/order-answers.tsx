import type { PlacedOrder } from '@lmt/contracts';
import type { ApiError } from '../api/request.ts';
import { Identifier } from '../ui/identifier.tsx';
import { Notice } from '../ui/notice.tsx';
import { BulkOutcome } from './bulk-outcome.tsx';
import styles from './order-form.module.css';
import { PlacedOrderLine, usePlacedOrder } from './placed-order-line.tsx';
import { countAnswers, type OrderAnswer } from './send-orders.ts';
import { useFlowText } from './text.ts';

function Placed({ placed, replayed }: { readonly placed: PlacedOrder; readonly replayed: boolean }) {
  const { t } = useFlowText();
  const order = usePlacedOrder(placed);
  const tone = replayed ? 'info' : order?.status === 'REJECTED' ? 'waiting' : 'good';
  return (
    <Notice tone={tone}>
      <p>{t(replayed ? 'answers.replayed' : 'answers.created')}</p>
      <PlacedOrderLine placed={placed} />
      <p className={styles.line}>
        {t('answers.message')} <Identifier of={placed.messageId} to={`/messages/${placed.messageId}`} short />
      </p>
      {order?.rejectReason === undefined ? null : <p>{order.rejectReason}</p>}
    </Notice>
  );
}

function Refused({ error }: { readonly error: ApiError }) {
  const { t } = useFlowText();
  return (
    <Notice tone="bad">
      <strong>
        {error.status === 0 ? t('answers.silent') : t('answers.refused', { status: error.status })}
      </strong>
      {error.status === 0 ? null : <p>{error.message}</p>}
      {error.errors.map(({ path, message }) => (
        <p key={path}>
          <code>{path}</code> {message}
        </p>
      ))}
    </Notice>
  );
}

/** The answer to one order, or the answers to many by their number. */
export function OrderAnswers({ answers }: { readonly answers: readonly OrderAnswer[] }) {
  const { t } = useFlowText();
  const [first] = answers;
  if (first === undefined) return null;
  if (answers.length === 1) {
    return (
      <div className={styles.answers}>
        {'error' in first ? <Refused error={first.error} /> : <Placed {...first} />}
      </div>
    );
  }
  const counts = countAnswers(answers);
  const placed = answers.flatMap((answer) => ('placed' in answer ? [answer.placed] : []));
  const isGood = counts.every(({ status }) => status === 201);
  return (
    <div className={styles.answers}>
      <Notice tone={isGood ? 'good' : 'bad'}>
        <ul className={styles.counts}>
          {counts.map(({ status, replayed, detail, count }) => (
            <li key={`${status} ${replayed} ${detail}`}>
              <b>{count} ×</b> {status === 0 ? t('answers.silent') : status}{' '}
              {detail ?? t(replayed ? 'answers.replayed' : 'answers.created')}
            </li>
          ))}
        </ul>
        {placed.length === 0 ? null : <BulkOutcome placed={placed} />}
      </Notice>
    </div>
  );
}
