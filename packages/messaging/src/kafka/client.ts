import { connect, type Socket } from 'node:net';
import { type ISocketFactory, Kafka, type LogEntry, logLevel, type RetryOptions } from 'kafkajs';
import type { Logger } from '../port.js';

export type { IHeaders, Kafka, Message } from 'kafkajs';

/** A kafkajs instance whose connections its owner can cut. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /**
   * Cuts every connection and prevents new ones, so that requests in flight fail at once and
   * retries end. kafkajs' own disconnect() waits for requests that may never be answered.
   */
  destroy(): void;
}

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** By default a few, at least one for each broker, so that an outage fails a call within seconds. */
  readonly retry?: RetryOptions;
  readonly requestTimeoutMs?: number;
  /** kafkajs' own log lines, as debug lines. Omitted: they are dropped. */
  readonly logger?: Pick<Logger, 'debug'>;
  /** Receives the text of each error that kafkajs logs. */
  readonly onError?: (text: string) => void;
}

/** The only factory of kafkajs clients. Retries are always set, as the defaults depend on NODE_ENV. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const { brokers, clientId, requestTimeoutMs = 10_000 } = options;
  const retry = options.retry ?? {
    retries: Math.max(2, brokers.length),
    initialRetryTime: 50,
    maxRetryTime: 200,
  };
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

  // kafkajs' log is for debugging only: an outage makes it write several errors a second, and a
  // normal start writes some too. Its owner logs one line per outage, which may quote the last
  // error.
  const forward = ({ namespace, level, log }: LogEntry) => {
    const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
    options.logger?.debug({ kafka: namespace, ...details }, message);
    if (level > logLevel.ERROR) return;
    options.onError?.(typeof details.error === 'string' ? `${message}: ${details.error}` : message);
  };

  const kafka = new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: Math.min(requestTimeoutMs, 3_000),
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry,
    socketFactory,
    logLevel: logLevel.INFO,
    logCreator: () => forward,
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
 * kafkajs copies the message of whatever a socket factory throws into an error that it retries, up
 * to a million times here. An error whose message cannot be read reaches the retry loop unchanged
 * and ends it.
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
