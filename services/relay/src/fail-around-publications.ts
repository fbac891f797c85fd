import type { FailPoint } from '@lmt/contracts';
import type { Publisher, PublishOutcome } from '@lmt/messaging';
import type { FailHere } from '@lmt/service-kit';

/** The same publisher, with fail-points before and after each publication; untouched when none is armed. */
export function failAroundPublications(
  publisher: Publisher,
  failHere: FailHere<FailPoint<'relay'>> | null,
): Publisher {
  if (failHere === null) return publisher;
  const broken = async (point: FailPoint<'relay'>): Promise<PublishOutcome | null> => {
    try {
      await failHere(point);
      return null;
    } catch (error) {
      return { status: 'unavailable', reason: String(error) };
    }
  };
  return {
    probe: () => publisher.probe(),
    close: () => publisher.close(),
    async publish(messages) {
      await failHere('relay.afterClaim');
      const unreachable = await broken('relay.beforePublish');
      if (unreachable !== null) return messages.map(() => unreachable);
      const outcomes = await publisher.publish(messages);
      const unanswered = await broken('relay.publishReplyLost');
      if (unanswered !== null) return messages.map(() => unanswered);
      await failHere('relay.afterPublishBeforeMark');
      return outcomes;
    },
  };
}
