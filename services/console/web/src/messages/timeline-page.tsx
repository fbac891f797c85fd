import { useState } from 'react';
import { useParams } from 'wouter';
import { ApiError } from '../api/request.ts';
import type { Verb } from '../decisions/decision.ts';
import { MessageDecision } from '../decisions/message-decision.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Failure, Loading } from '../ui/states.tsx';
import { DecisionButtons } from './decision-buttons.tsx';
import { MessageDetails } from './message-details.tsx';
import styles from './messages.module.css';
import { useMessagesText } from './text.ts';
import { Timeline } from './timeline.tsx';
import { useTimeline } from './use-timeline.ts';
import { WaitingBanner } from './waiting-banner.tsx';

export default function TimelinePage() {
  const { t } = useMessagesText();
  const { id = '' } = useParams();
  const { message, error, inbox, inboxError, isReceived, steps, now } = useTimeline(id);
  const [verb, setVerb] = useState<Verb | null>(null);
  const isMissing = error instanceof ApiError && (error.status === 404 || error.status === 400);

  return (
    <Page
      title={t('messageTitle', { id: `…${id.slice(-8)}` })}
      lead={t('messageLead')}
      actions={
        <>
          {message === undefined || isMissing ? null : (
            <DecisionButtons message={message} now={now} onDecide={setVerb} />
          )}
          <ButtonLink tone="quiet" to="/messages">
            {t('toList')}
          </ButtonLink>
        </>
      }
    >
      <div className={styles.parts}>
        {isMissing ? (
          <Empty title={t('notFound')}>
            <p>{t('notFoundHint')}</p>
            <ButtonLink to={`/decisions?${new URLSearchParams({ message: id })}`}>
              {t('itsDecisions')}
            </ButtonLink>
          </Empty>
        ) : error !== null ? (
          <Failure error={error} />
        ) : message === undefined ? (
          <Loading />
        ) : null}
        {message === undefined || isMissing ? null : (
          <>
            <WaitingBanner message={message} steps={steps} now={now} />
            {inboxError === null ? null : (
              <Notice tone="bad">
                <p>{t('unread', { reason: inboxError.message })}</p>
              </Notice>
            )}
            <Timeline steps={steps} now={now} message={message} isReceived={isReceived} />
            <MessageDetails message={message} inbox={inbox} />
          </>
        )}
      </div>
      {verb === null ? null : <MessageDecision verb={verb} messageId={id} onClose={() => setVerb(null)} />}
    </Page>
  );
}
