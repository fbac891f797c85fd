export type {
  DeadLetter,
  InboundMessage,
  MessageHandler,
  OutboundMessage,
  Publisher,
  PublishOutcome,
  Subscription,
} from './port.js';
