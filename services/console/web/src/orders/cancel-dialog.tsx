import type { OrderView } from '@lmt/contracts';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { send } from '../api/request.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Announcement, Notice } from '../ui/notice.tsx';
import { Failure } from '../ui/states.tsx';
import { useUiText } from '../ui/text.ts';
import styles from './orders.module.css';
import { useOrdersText } from './text.ts';

interface CancelDialogProps {
  readonly orderId: string;
  readonly onClose: () => void;
}

/** Cancels an order and shows the answer. Repeating the request after a lost answer is harmless. */
export function CancelDialog({ orderId, onClose }: CancelDialogProps) {
  const { t } = useOrdersText();
  const { t: ui } = useUiText();
  const [reason, setReason] = useState('');
  const cancellation = useMutation({
    mutationFn: () =>
      send<OrderView>(`/orders/${encodeURIComponent(orderId)}/cancel`, {
        method: 'POST',
        body: reason.trim() === '' ? {} : { reason: reason.trim() },
      }),
  });
  const { data: answer, error, isPending } = cancellation;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    cancellation.mutate();
  };
  return (
    <Dialog title={t('cancelTitle')} onClose={onClose}>
      <p>{t('cancelLead')}</p>
      <form className={styles.form} onSubmit={submit}>
        <Field label={t('reason')}>
          {(props) => (
            <input
              {...props}
              value={reason}
              maxLength={500}
              disabled={answer !== undefined}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </Field>
        <Announcement>
          {answer === undefined ? null : (
            <Notice tone="good">
              <p>{answer.status === 202 ? t('cancelling') : t('cancelled')}</p>
            </Notice>
          )}
        </Announcement>
        {error === null ? null : <Failure error={error} />}
        <DialogActions>
          {answer === undefined ? (
            <>
              <Button onClick={onClose}>{t('keep')}</Button>
              <Button type="submit" tone="danger" disabled={isPending}>
                {t('cancelNow')}
              </Button>
            </>
          ) : (
            <Button tone="primary" onClick={onClose}>
              {ui('close')}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}
