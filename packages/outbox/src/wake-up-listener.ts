import pg from 'pg';
import { WAKE_UP_CHANNEL } from './enqueue.js';

export interface WakeUpListenerOptions {
  readonly url: string;
  readonly reconnectMs: number;
  /** Called for each commit that wrote messages, and after each (re)connection, since what was
   * written while nobody listened sent its signal to nobody. */
  readonly onWakeUp: () => void;
  readonly onLost: (reason: Error) => void;
}

export interface WakeUpListener {
  isListening(): boolean;
  close(): Promise<void>;
}

/**
 * Listens for new messages on a connection of its own, and reconnects for ever. A signal may still
 * be lost (a half-open connection): the relay's tick finds everything that is due without it.
 */
export function listenForWakeUps(options: WakeUpListenerOptions): WakeUpListener {
  let client: pg.Client | null = null;
  let listening = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  function connect(): void {
    // One client, one retry: whatever ends this client first schedules the next, once.
    const current = new pg.Client({
      connectionString: options.url,
      application_name: 'lmt-relay-listener',
      connectionTimeoutMillis: 3_000,
      // Of LISTEN, the only one: a connection that dies before it is not waited for. No transaction that
      // this could break is ever open here.
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
    current.on('notification', options.onWakeUp);
    current
      .connect()
      .then(() => current.query(`LISTEN ${WAKE_UP_CHANNEL}`))
      .then(() => {
        listening = true;
        options.onWakeUp();
      })
      .catch(lose);
  }

  connect();
  return {
    isListening: () => listening,
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}
