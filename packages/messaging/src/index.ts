export { createDirectPublisher } from './direct/publisher.js';
export { receiveDirectBatch } from './direct/receive-direct-batch.js';
export { explainKafkaError } from './kafka/classify-error.js';
export {
  CompressionTypes,
  createKafkaClient,
  type IHeaders,
  type Kafka,
  type Message,
} from './kafka/client.js';
export { createKafkaSubscription } from './kafka/consume/subscription.js';
export { createKafkaPublisher } from './kafka/publish/publisher.js';
export { createDeadLetterReader, type NewestDeadLetters } from './kafka/read/dead-letter-reader.js';
export { UnreadableTopicError } from './kafka/read/read-newest.js';
export type { StoredDeadLetter } from './kafka/read/stored-dead-letter.js';
export type { KafkaSecurity } from './kafka/security.js';
export type {
  DeadLetter,
  InboundMessage,
  Logger,
  MessageHandler,
  OutboundMessage,
  Publisher,
  PublishOutcome,
  Subscription,
} from './port.js';
