import type { InboxMessageView, MessageDetailView } from '@lmt/contracts';
import { traceId } from '@lmt/contracts/timeline';
import { Copy } from '../ui/copy.tsx';
import { Identifier } from '../ui/identifier.tsx';
import { KeyValues } from '../ui/key-values.tsx';
import { Panel } from '../ui/panel.tsx';
import { Status } from '../ui/status.tsx';
import { Json } from './json.tsx';
import styles from './messages.module.css';
import { Position } from './position.tsx';
import { useMessagesText } from './text.ts';

interface MessageDetailsProps {
  readonly message: MessageDetailView;
  readonly inbox: InboxMessageView | null;
}

/** The properties of a message, its payload, headers and result. */
export function MessageDetails({ message, inbox }: MessageDetailsProps) {
  const { t } = useMessagesText();
  const trace = traceId(message);
  const reservation = inbox?.reservation ?? null;
  return (
    <div className={styles.columns}>
      <div className={styles.parts}>
        <Panel title={t('details')}>
          <KeyValues
            entries={[
              [
                'ID',
                <span key="id">
                  <Identifier of={message.id} /> <Copy text={message.id} label={t('message')} />
                </span>,
              ],
              [
                t('order'),
                <Identifier key="order" of={message.key} to={`/orders/${encodeURIComponent(message.key)}`} />,
              ],
              [t('type'), <code key="type">{message.type}</code>],
              [t('topic'), <code key="topic">{message.topic}</code>],
              [t('attempts'), String(message.attempts)],
              [t('position'), message.position == null ? null : <Position key="at" of={message.position} />],
              [
                t('trace'),
                trace === null ? null : (
                  <span key="trace">
                    <Identifier of={trace} /> <Copy text={trace} label={t('trace')} />
                    <br />
                    <span className={styles.hint}>{t('traceHint')}</span>
                  </span>
                ),
              ],
              [
                t('reservation'),
                reservation === null ? null : (
                  <span key="reservation">
                    <Status of={reservation.status} />{' '}
                    {reservation.reason === undefined ? null : <bdi>{reservation.reason}</bdi>}
                  </span>
                ),
              ],
            ]}
          />
        </Panel>
        <Panel title={t('headers')}>
          <Json value={message.headers} />
        </Panel>
      </div>
      <div className={styles.parts}>
        <Panel
          title={t('result')}
          aside={message.result === null ? null : <Status of={message.result.outcome} />}
        >
          {message.result === null ? (
            <p className={styles.hint}>{t('resultNone')}</p>
          ) : (
            <Json value={message.result} />
          )}
        </Panel>
        <Panel title={t('payload')}>
          <p className={styles.hint}>{t('payloadHint')}</p>
          <Json value={message.payload} />
        </Panel>
      </div>
    </div>
  );
}
