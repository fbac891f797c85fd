import { connect, type Socket } from 'node:net';
import { type ISocketFactory, Kafka, logLevel, type RetryOptions } from 'kafkajs';
import type { Logger } from '../logger.js';
import { forwardKafkaLog } from './forward-kafka-log.js';

/** A kafkajs instance whose connections its owner can cut. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /**
   * Cuts every connection and lets no new one be made: requests under way fail at once and retries
   * end. kafkajs' own disconnect() waits for requests that may never be answered.
   */
  destroy(): void;
}

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly retry: RetryOptions;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
  readonly onProblem?: (text: string) => void;
}

/** Every retry setting is explicit: the defaults change with NODE_ENV. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const sockets = new Set<Socket>();
  let destroyed = false;

  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    if (destroyed) throw new ClientDestroyed();
    const socket = connect({ host, port, noDelay: true }, onConnect);
    socket.setKeepAlive(true, 60_000);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };

  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: Math.min(options.requestTimeoutMs, 3000),
    requestTimeout: options.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: options.retry,
    socketFactory,
    logLevel: logLevel.INFO,
    logCreator: forwardKafkaLog(options.logger, options.onProblem ?? (() => {})),
  });

  return {
    kafka,
    destroy() {
      destroyed = true;
      for (const socket of sockets) socket.destroy(new Error('this Kafka client is closed'));
    },
  };
}

/**
 * kafkajs puts the message of what a socket factory throws into an error that it retries, for ever
 * if told so. An error whose message can't be read reaches the retry loop as it is, and ends it.
 */
class ClientDestroyed extends Error {
  readonly retriable = false;

  constructor() {
    super();
    Object.defineProperty(this, 'message', {
      get: () => {
        throw Object.assign(new Error('this Kafka client is closed'), { retriable: false });
      },
    });
  }
}
