export { createDirectPublisher, type DirectPublisherOptions } from './direct/publisher.js';
export { type DirectAnswer, receiveDirectBatch } from './direct/receive-direct-batch.js';
export {
  type Admin,
  type Consumer,
  createKafkaClient,
  type IHeaders,
  type Kafka,
  type KafkaClient,
  type Message,
  type Producer,
} from './kafka/client.js';
export { createKafkaSubscription, type KafkaSubscriptionOptions } from './kafka/consume/subscription.js';
export { createKafkaPublisher, type KafkaPublisherOptions } from './kafka/publish/publisher.js';
export type { TopicSpec } from './kafka/topics/ensure-topics.js';
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
