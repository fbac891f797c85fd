import { expect, it, vi } from 'vitest';
import { warnOfPublishedKafkajs } from './warn-of-published-kafkajs.js';

it('warns of the published kafkajs, and not of the one that is installed here', () => {
  const warn = vi.fn();
  warnOfPublishedKafkajs({ warn });
  expect(warn).not.toHaveBeenCalled();
  warnOfPublishedKafkajs({ warn }, { Kafka: class {} });
  expect(warn).toHaveBeenCalledExactlyOnceWith({}, expect.stringContaining('not patched'));
});
