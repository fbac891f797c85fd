import { useMessagesText } from './text.ts';

/** A position in Kafka, such as `order-events/3@17`. Its title spells it out. */
export function Position({ of }: { readonly of: string }) {
  const { t } = useMessagesText();
  const [, topic, partition, offset] = /^(.+)\/(\d+)@(\d+)$/.exec(of) ?? [];
  return <code title={topic === undefined ? undefined : t('place', { topic, partition, offset })}>{of}</code>;
}
