// A client that sends thousands of requests at once on one connection and reads no answer.
import { once } from 'node:events';
import { connect } from 'node:net';

const REQUESTS = 5_000;

export async function pipelineRequests(port: number, duration: () => Promise<unknown>): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  // The service may cut the connection, and another fault may end the service.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET /orders?limit=200 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(REQUESTS));
    await duration();
  } finally {
    socket.destroy();
  }
}
