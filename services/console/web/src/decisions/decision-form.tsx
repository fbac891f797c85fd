import { useMutation } from '@tanstack/react-query';
import { type ReactNode, type SubmitEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Announcement } from '../ui/notice.tsx';
import { Failure } from '../ui/states.tsx';
import { useUiText } from '../ui/text.ts';
import { createKeys, type Decision, isNameRefused, isUncertain, toHeaders, type Verb } from './decision.ts';
import styles from './decision-form.module.css';
import { readOperator, rememberOperator } from './operator.ts';
import { useDecisionsText } from './text.ts';

interface DecisionFormProps<T> {
  readonly verb: Verb;
  readonly isReasonRequired: boolean;
  /** Text of the button that decides. Default: the verb. */
  readonly submitLabel?: string;
  /** False while there is nothing to decide on. */
  readonly isReady?: boolean;
  /** Sends the decision. `subject` of the request is part of the key. */
  readonly decide: (decision: Decision) => Promise<T>;
  /** Called when the decision has taken effect. */
  readonly onDecided?: () => void;
  /** Identifies the messages of the decision, for its key. */
  readonly subject: string;
  /** Explains the effect before the decision. */
  readonly children?: ReactNode;
  /** Shows the answer. */
  readonly answer: (answer: T) => ReactNode;
  readonly onClose: () => void;
}

/**
 * Asks for the reason and the operator's name, sends the decision once, and shows the answer. A retry
 * of the same decision has the same Idempotency-Key.
 */
export function DecisionForm<T>(props: DecisionFormProps<T>) {
  const {
    verb,
    isReasonRequired,
    submitLabel,
    isReady = true,
    decide,
    subject,
    children,
    answer,
    onClose,
  } = props;
  const { t } = useDecisionsText();
  const { t: ui } = useUiText();
  const [keys] = useState(createKeys);
  const [reason, setReason] = useState('');
  const [operator, setOperator] = useState(readOperator);
  const [hasOwnName, setOwnName] = useState(false);
  const decision = useMutation({
    mutationFn: () => {
      const given = { reason: reason.trim() || undefined, operator: hasOwnName ? '' : operator.trim() };
      rememberOperator(operator.trim());
      const key = keys.keyOf(JSON.stringify([verb, subject, given]));
      return decide({ reason: given.reason, headers: toHeaders(key, given.operator) });
    },
    onSuccess: () => {
      keys.reset();
      props.onDecided?.();
    },
    onError: (error) => {
      if (isNameRefused(error)) setOwnName(true);
    },
  });
  const { data, error, isPending, isSuccess } = decision;
  // A long preview may fill the dialog, and the answer appears below it.
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isSuccess || error !== null) end.current?.scrollIntoView({ block: 'nearest' });
  }, [isSuccess, error]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    decision.mutate();
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      {isSuccess ? null : (
        <>
          {children}
          <Field label={t(isReasonRequired ? 'reasonRequired' : 'reasonOptional')} hint={t('reasonHint')}>
            {(field) => (
              <input
                {...field}
                value={reason}
                required={isReasonRequired}
                maxLength={500}
                disabled={isPending}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            )}
          </Field>
          {hasOwnName ? (
            <p>{t('named')}</p>
          ) : (
            <Field label={t('name')} hint={t('nameHint')}>
              {(field) => (
                <input
                  {...field}
                  value={operator}
                  required
                  maxLength={100}
                  autoComplete="name"
                  disabled={isPending}
                  onChange={(event) => setOperator(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
        </>
      )}
      <Announcement>{isSuccess ? answer(data) : isPending ? t('working') : null}</Announcement>
      {error === null || isNameRefused(error) ? null : (
        <>
          <Failure error={error} />
          {isUncertain(error) ? <p>{t('again')}</p> : null}
        </>
      )}
      <div ref={end}>
        <DialogActions>
          <Button onClick={onClose}>{isSuccess ? ui('close') : t('cancel')}</Button>
          {isSuccess ? null : (
            <Button
              type="submit"
              tone={verb === 'discard' ? 'danger' : 'primary'}
              disabled={isPending || !isReady}
            >
              {submitLabel ?? t(`submit.${verb}`)}
            </Button>
          )}
        </DialogActions>
      </div>
    </form>
  );
}
