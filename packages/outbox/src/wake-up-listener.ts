import { Socket } from 'node:net';
import { toConnection } from '@lmt/database-url';
import pg from 'pg';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';

export interface WakeUpListenerOptions {
  readonly url: string;
  readonly reconnectMs: number;
  /** How often the listener checks that its connection still works. Default: every 10 s. */
  readonly probeMs?: number;
  /**
   * Called after each commit with new messages or OLD_MESSAGES, and after each connect, because
   * Postgres does not keep signals for a disconnected listener.
   */
  readonly onWakeUp: (payload: string) => void;
  readonly onLost: (reason: Error) => void;
}

// An idle connection receives no bytes, so only a probe distinguishes it from a half-open
// connection. A read-only database may be a former primary, which sends no more signals.
const PROBE = 'SHOW transaction_read_only';
const PROBE_MS = 10_000;
const ANSWER_MS = 5_000;

/**
 * Listens for new messages on its own connection and reconnects until closed. A half-open
 * connection loses signals until a probe fails. The relay's tick finds those messages.
 */
export function listenForWakeUps(options: WakeUpListenerOptions) {
  const { probeMs = PROBE_MS } = options;
  // Read only once, like the connections of the pool: a reconnect must not fail to read a file.
  const connection = toConnection(options.url, { applicationName: 'lmt-relay-listener' });
  let socket = new Socket();
  let listening = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  function connect(): void {
    const ownSocket = new Socket();
    socket = ownSocket;
    // A client may report several errors. Only the first one schedules the next client.
    const client = new pg.Client({
      ...connection,
      connectionTimeoutMillis: 3_000,
      // Bounds LISTEN and the probe. It is safe here, unlike on the pool, because no transaction is
      // ever open.
      query_timeout: ANSWER_MS,
      stream: () => ownSocket,
    });
    let lost = false;
    const lose = (reason: Error) => {
      if (lost) return;
      lost = true;
      listening = false;
      clearTimeout(timer);
      // end() would wait for the server, which never answers on a half-open connection.
      ownSocket.destroy();
      if (closed) return;
      options.onLost(reason);
      timer = setTimeout(connect, options.reconnectMs);
    };
    async function probe() {
      const { rows } = await client.query<{ transaction_read_only: string }>(PROBE);
      if (rows[0]?.transaction_read_only !== 'off') throw new Error('the database is read-only');
      if (!lost) timer = setTimeout(() => void probe().catch(lose), probeMs);
    }
    client.on('error', lose);
    client.on('end', () => lose(new Error('the connection was closed')));
    client.on('notification', ({ payload }) => options.onWakeUp(payload ?? ''));
    client
      .connect()
      .then(() => client.query(`LISTEN ${WAKE_UP_CHANNEL}`))
      .then(probe)
      .then(() => {
        if (lost) return;
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
      listening = false;
      clearTimeout(timer);
      socket.destroy();
    },
  };
}
