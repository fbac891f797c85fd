import { type NewestRecords, type ReadNewestOptions, readNewest } from './read-newest.js';
import { type StoredDeadLetter, type TextLimits, toStoredDeadLetter } from './stored-dead-letter.js';

export interface DeadLetterReaderOptions
  extends Pick<
    ReadNewestOptions<StoredDeadLetter>,
    'brokers' | 'clientId' | 'security' | 'groupPrefix' | 'topic' | 'logger'
  > {
  readonly textLimits: TextLimits;
  readonly timeoutMs?: number;
  readonly monotonicNow?: () => number;
}

export type NewestDeadLetters = Pick<NewestRecords<StoredDeadLetter>, 'total' | 'records'>;

const TIMEOUT_MS = 8_000;
// After a wiped broker the topic may have the same offsets and other records.
const MAX_AGE_MS = 10_000;

/**
 * Creates a function that reads the newest records of the dead-letter topic. Each call connects to
 * the broker, so there is no cost between calls. Concurrent calls with the same limit share a read.
 * A call soon after another one reads the records again only if the topic has changed.
 *
 * The function throws an UnreadableTopicError if the broker does not answer in time.
 */
export function createDeadLetterReader(options: DeadLetterReaderOptions) {
  const { topic, textLimits, timeoutMs = TIMEOUT_MS, monotonicNow = () => performance.now() } = options;
  const running = new Map<number, Promise<NewestDeadLetters>>();
  let last: { readonly limit: number; readonly readAt: number; readonly newest: Newest } | null = null;
  type Newest = NewestRecords<StoredDeadLetter>;

  async function read(limit: number): Promise<Newest> {
    const startedAt = monotonicNow();
    const isUsable = last?.limit === limit && startedAt - last.readAt < MAX_AGE_MS;
    const earlier = isUsable ? (last?.newest ?? null) : null;
    const convert: ReadNewestOptions<StoredDeadLetter>['convert'] = (partition, record) =>
      toStoredDeadLetter(topic, partition, record, textLimits);
    const newest = await readNewest({ ...options, timeoutMs, convert }, limit, earlier);
    if (newest !== earlier) last = { limit, readAt: startedAt, newest };
    return newest;
  }

  return (limit: number): Promise<NewestDeadLetters> => {
    const shared = running.get(limit) ?? read(limit).finally(() => running.delete(limit));
    running.set(limit, shared);
    return shared;
  };
}
