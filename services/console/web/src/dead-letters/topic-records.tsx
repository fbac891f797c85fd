import type { DeadLettersView, DeadLetterView } from '@lmt/contracts';
import { useLiveQuery } from '../api/live.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { KeyValues } from '../ui/key-values.tsx';
import { formatCount } from '../ui/number.ts';
import { Panel } from '../ui/panel.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import styles from './dead-letters.module.css';
import { useDeadLettersText } from './text.ts';

/** The newest records of the dead-letter topic. Each read joins Kafka, so it is repeated slowly. */
export function TopicRecords() {
  const { t, i18n } = useDeadLettersText();
  const { data, error } = useLiveQuery<DeadLettersView>('/dead-letters', { everyMs: 5_000 });
  return (
    <div className={styles.parts}>
      {error === null ? null : (
        <>
          <Failure error={error} />
          <p className={styles.soft}>{t('topicUnreadHint')}</p>
        </>
      )}
      {data === undefined ? (
        error === null ? (
          <Loading />
        ) : null
      ) : data.topic === null ? (
        <Empty title={t('topicDirect')}>
          <p>{t('topicDirectHint')}</p>
        </Empty>
      ) : data.items.length === 0 ? (
        <Empty title={t('topicNone', { topic: data.topic })}>
          <p>{t('topicNoneHint')}</p>
        </Empty>
      ) : (
        <>
          <p className={styles.soft}>{t('topicLead')}</p>
          <h2>{t('topicCount', { topic: data.topic, total: formatCount(data.total, i18n.language) })}</h2>
          {data.items.map((record) => (
            <TopicRecord key={record.position} record={record} />
          ))}
          {data.total > data.items.length ? (
            <p className={styles.soft}>
              {t('topicShown', {
                shown: data.items.length,
                total: formatCount(data.total, i18n.language),
              })}
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}

// The key is the id of an order, if the record is one of this system.
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;

// A region that scrolls must take the focus, so that the keyboard can scroll it.
const reachable = { tabIndex: 0 };

function TopicRecord({ record }: { readonly record: DeadLetterView }) {
  const { t, i18n } = useDeadLettersText();
  const { position, at, reason, origin, key, type, messageId, body, truncatedFrom } = record;
  const code = (value: string | null) =>
    value === null ? null : (
      <code key={value} className={styles.text}>
        <bdi>{value}</bdi>
      </code>
    );
  return (
    <Panel
      title={<bdi className={styles.text}>{reason ?? t('noTopicReason')}</bdi>}
      aside={<Time at={at} date />}
    >
      <KeyValues
        entries={[
          [t('position'), code(position)],
          [t('origin'), code(origin)],
          [t('type'), code(type)],
          [
            t('key'),
            key !== null && UUID.test(key) ? (
              <Identifier key="key" of={key} to={`/orders/${key}`} />
            ) : (
              code(key)
            ),
          ],
          [t('messageId'), messageId === null ? null : <Identifier key="id" of={messageId} />],
        ]}
      />
      {body === null ? (
        <p className={styles.soft}>{t('bodyNone')}</p>
      ) : (
        <pre className={styles.body} {...reachable}>
          <bdi>{body}</bdi>
        </pre>
      )}
      {truncatedFrom === null ? null : (
        <p className={styles.soft}>{t('truncated', { bytes: formatCount(truncatedFrom, i18n.language) })}</p>
      )}
    </Panel>
  );
}
