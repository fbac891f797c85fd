import pg from 'pg';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';

export interface WakeUpListenerOptions {
  readonly url: string;
  readonly reconnectMs: number;
  /**
   * Called after each commit with new messages or OLD_MESSAGES, and after each connect, because
   * Postgres does not keep signals for a disconnected listener.
   */
  readonly onWakeUp: (payload: string) => void;
  readonly onLost: (reason: Error) => void;
}

/**
 * Listens for new messages on its own connection and reconnects until closed. A half-open
 * connection may still lose a signal. The relay's tick finds those messages.
 */
export function listenForWakeUps(options: WakeUpListenerOptions) {
  let client: pg.Client | null = null;
  let listening = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  function connect(): void {
    // A client may report several errors. Only the first one schedules the next client.
    const current = new pg.Client({
      connectionString: options.url,
      application_name: 'lmt-relay-listener',
      connectionTimeoutMillis: 3_000,
      // Bounds LISTEN, the only query on this connection. It is safe here, unlike on the pool,
      // because no transaction is ever open.
      query_timeout: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    let lost = false;
    const lose = (reason: Error) => {
      if (lost) return;
      lost = true;
      listening = false;
      void current.end().catch(() => {});
      if (closed) return;
      options.onLost(reason);
      retry = setTimeout(connect, options.reconnectMs);
    };
    client = current;
    current.on('error', lose);
    current.on('end', () => lose(new Error('the connection was closed')));
    current.on('notification', ({ payload }) => options.onWakeUp(payload ?? ''));
    current
      .connect()
      .then(() => current.query(`LISTEN ${WAKE_UP_CHANNEL}`))
      .then(() => {
        listening = true;
        options.onWakeUp(OLD_MESSAGES);
      })
      .catch(lose);
  }

  connect();
  return {
    isListening: () => listening,
    async close(): Promise<void> {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
