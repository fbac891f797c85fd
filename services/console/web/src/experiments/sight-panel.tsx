import type { DeadLettersView, OrderView } from '@lmt/contracts';
import { Identifier } from '../ui/identifier.tsx';
import { KeyValues } from '../ui/key-values.tsx';
import { Notice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { Status } from '../ui/status.tsx';
import { duplicatesIgnored } from './conditions.ts';
import { MessageSteps } from './message-steps.tsx';
import { ServiceList } from './service-list.tsx';
import { findBlocker } from './service-states.ts';
import styles from './sight-panel.module.css';
import { useExperimentsText } from './text.ts';
import type { Run } from './use-experiment.ts';

/** The parts of the system that the reader watches while an experiment runs. */
export function SightPanel({ run: { progress, sight, sightError } }: { readonly run: Run }) {
  const { t } = useExperimentsText();
  if (progress === null)
    return (
      <Panel title={t('watch')}>
        <p className={styles.soft}>{t('watchEmpty')}</p>
        <ServiceList sight={sight} />
      </Panel>
    );
  const { memory } = progress;
  const { order, messages, inbox, available, deadLetters } = sight;
  const before = memory.availableBefore;
  const duplicates = duplicatesIgnored(sight) - memory.duplicatesBefore;
  const blocker = findBlocker(sight);
  return (
    <Panel title={t('watch')}>
      <div className={styles.content}>
        {sightError && memory.order ? (
          <Notice tone="waiting">
            <p>{t('unreadable')}</p>
          </Notice>
        ) : null}
        <KeyValues
          entries={[
            [t('order'), order === null ? t('noOrder') : <OrderState key="order" order={order} />],
            [
              t('stock', { sku: memory.sku }),
              available === null ? null : t('stockBefore', { before, now: available }),
            ],
            [t('duplicates'), duplicates > 0 ? String(duplicates) : null],
            [
              t('deadLetters'),
              deadLetters === null ? null : <NewestDeadLetter key="letter" of={deadLetters} />,
            ],
          ]}
        />
        {messages.map((message) => (
          <MessageSteps
            key={message.id}
            message={message}
            blocker={blocker}
            inbox={inbox.find(({ id }) => id === message.id) ?? null}
          />
        ))}
        <ServiceList sight={sight} />
      </div>
    </Panel>
  );
}

function OrderState({ order }: { readonly order: OrderView }) {
  return (
    <span className={styles.inline}>
      <Status of={order.status} /> <Identifier of={order.id} short to={`/orders/${order.id}`} />
      {order.rejectReason ? <span>{order.rejectReason}</span> : null}
    </span>
  );
}

function NewestDeadLetter({ of: { items } }: { readonly of: DeadLettersView }) {
  const { t } = useExperimentsText();
  const [letter] = items;
  if (letter === undefined) return t('noDeadLetters');
  return (
    <>
      {letter.reason} <code>{letter.body}</code>
    </>
  );
}
