export type { Admin, Consumer, IHeaders, Kafka, Message, Producer } from 'kafkajs';
export { createDirectPublisher, type DirectPublisherOptions } from './direct/publisher.js';
export { type DirectAnswer, type DirectResult, receiveDirectBatch } from './direct/receive-direct-batch.js';
export { createKafkaClient, type KafkaClient, type KafkaClientOptions } from './kafka/client.js';
export type { TopicSpec } from './kafka/ensure-topics.js';
export { createKafkaPublisher, type KafkaPublisherOptions } from './kafka/publisher.js';
export { createKafkaSubscription, type KafkaSubscriptionOptions } from './kafka/subscription.js';
export type { Logger } from './logger.js';
export type {
  DeadLetter,
  InboundMessage,
  MessageHandler,
  OutboundMessage,
  Publisher,
  PublishOutcome,
  Subscription,
} from './port.js';
