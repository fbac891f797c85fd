import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';

/**
 * What becomes of the callbacks on their way from inventory to order.
 * - `pass`: nothing happens to them.
 * - `refuse`: nobody listens.
 * - `cut-answers`: the request goes through, its answer never comes back.
 * - `delay`: the request arrives later than the result is due.
 */
export type CallbackFault = 'pass' | 'refuse' | 'cut-answers' | 'delay';

export interface CallbackProxy {
  readonly url: string;
  /** Answers that were cut so far. */
  readonly cut: number;
  inject(fault: CallbackFault): Promise<void>;
  close(): Promise<void>;
}

const DELAY_MS = 2_500;

/** A TCP proxy in front of order's internal port. */
export async function startCallbackProxy(orderInternalPort: number): Promise<CallbackProxy> {
  const sockets = new Set<Socket>();
  let fault: CallbackFault = 'pass';
  let cut = 0;

  function forward(inventory: Socket): void {
    const order = dial(orderInternalPort, '127.0.0.1');
    for (const [socket, other] of [
      [inventory, order],
      [order, inventory],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    inventory.on('data', (request) => {
      if (fault === 'delay') setTimeout(() => order.write(request), DELAY_MS);
      else order.write(request);
    });
    order.on('data', (answer) => {
      if (fault !== 'cut-answers') return inventory.write(answer);
      cut += 1;
      return inventory.destroy();
    });
  }

  let server: Server | null = null;
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const listening = createServer(forward);
      server = listening;
      listening.once('error', reject);
      listening.listen(port, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port));
    });
  async function stopListening(): Promise<void> {
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
    server = null;
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/internal/message-results`,
    get cut() {
      return cut;
    },
    async inject(next) {
      fault = next;
      if (next === 'refuse') await stopListening();
      else if (server === null) await listen(port);
    },
    close: stopListening,
  };
}
