// Whether a Kafka broker is ready, asked in its own protocol: one Metadata request, so that the
// scripts need no client library.
import { connect } from 'node:net';

const metadataKey = 3;
const metadataVersion = 1;
const correlationId = 1;
const clientId = 'stack';

function metadataRequest() {
  const client = Buffer.from(clientId);
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(metadataKey, at);
  at = request.writeInt16BE(metadataVersion, at);
  at = request.writeInt32BE(correlationId, at);
  at = request.writeInt16BE(client.length, at);
  at += client.copy(request, at);
  request.writeInt32BE(0, at); // of no topic: only the brokers are of interest
  return request;
}

/** True when the broker at this port answers and knows itself to be part of the cluster. */
export function brokerAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    let answer = Buffer.alloc(0);
    const end = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      // size, correlation id, number of brokers
      if (answer.length >= 12) end(answer.readInt32BE(8) > 0);
    });
    for (const event of ['timeout', 'error', 'close']) socket.on(event, () => end(false));
  });
}
