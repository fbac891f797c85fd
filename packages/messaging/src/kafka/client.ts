import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type ISocketFactory,
  Kafka,
  type LogEntry,
  logLevel,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { Logger } from '../port.js';
import type { KafkaSecurity } from './security.js';

export { CompressionTypes, type IHeaders, type Kafka, type Message } from 'kafkajs';

/** A kafkajs client with a method that cuts its connections. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /**
   * Cuts all connections and prevents new ones, so that requests in flight fail at once and retries
   * end. kafkajs' own disconnect() waits for answers that may never arrive.
   */
  destroy(): void;
}

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: neither TLS nor SASL. */
  readonly security?: KafkaSecurity | undefined;
  /** Default: a few, at least one per broker, so that calls fail within seconds in an outage. */
  readonly retry?: RetryOptions;
  readonly requestTimeoutMs?: number;
  /** Receives kafkajs' own log lines at level debug. If omitted, they are dropped. */
  readonly logger?: Pick<Logger, 'debug'>;
  /** Receives the text of each error that kafkajs logs. */
  readonly onError?: (text: string) => void;
}

/** Creates every kafkajs client. Sets the retries, because kafkajs' defaults depend on NODE_ENV. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const { brokers, clientId, security = {}, requestTimeoutMs = 10_000 } = options;
  const connectionTimeoutMs = Math.min(requestTimeoutMs, 3_000);
  const retry = options.retry ?? {
    retries: Math.max(2, brokers.length),
    initialRetryTime: 50,
    maxRetryTime: 200,
  };
  const sockets = new Set<Socket>();
  let destroyed = false;

  const socketFactory: ISocketFactory = ({ host: seedHost, port, onConnect }) => {
    if (destroyed) throw new ClientDestroyed();
    const host = toHost(seedHost);
    const socket = security.tls
      ? openTlsSocket({ host, port, timeoutMs: connectionTimeoutMs, tls: security.tls, onConnect })
      : connect({ host, port }, onConnect);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };

  // kafkajs logs several errors a second during an outage, and some at every normal start, so its
  // lines are for debugging only. The client's owner logs one line per outage and may quote the
  // last error.
  const forward = ({ namespace, level, log }: LogEntry) => {
    const { message, timestamp: _, logger: __, stack: ___, ...details } = log;
    options.logger?.debug({ kafka: namespace, ...details }, message);
    if (level > logLevel.ERROR) return;
    options.onError?.(typeof details.error === 'string' ? `${message}: ${details.error}` : message);
  };

  const kafka = new Kafka({
    clientId,
    brokers: brokers.map(toSeed),
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry,
    socketFactory,
    ...(security.sasl === undefined ? {} : { sasl: { ...security.sasl } as SASLOptions }),
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

interface TlsSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly tls: NonNullable<KafkaSecurity['tls']>;
  readonly onConnect: () => void;
}

/**
 * Opens a socket with TLS. The broker's certificate must match the host or the IP address. When the
 * connection times out, kafkajs only ends its half of the socket, and a server that never finishes
 * the handshake would keep the socket open.
 */
function openTlsSocket({ host, port, timeoutMs, tls, onConnect }: TlsSocketOptions): Socket {
  // TLS allows no IP address as a server name.
  const serverName = isIP(host) ? {} : { servername: host };
  // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
  const socket = connectTls({ ...tls, ...serverName, host, port, rejectUnauthorized: true }, onConnect);
  const deadline = setTimeout(() => socket.destroy(), timeoutMs);
  const clear = () => clearTimeout(deadline);
  return socket.once('secureConnect', clear).once('close', clear);
}

/**
 * kafkajs splits an address at its first colon, so the colons of an IPv6 address are replaced
 * before the split and restored after it. No host name begins with a bracket.
 */
const toSeed = (address: string) =>
  address.replace(/^\[(.*)\]/, (_, host: string) => `[${host.replaceAll(':', '_')}]`);
const toHost = (host: string) => (host.startsWith('[') ? host.slice(1, -1).replaceAll('_', ':') : host);

/**
 * Ends kafkajs' retries. kafkajs normally copies the message of an error thrown by the socket
 * factory into a new error and retries that, up to a million times here. Reading this error's
 * message throws, so the error reaches the retry loop unchanged and ends it.
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
