// A child process with the least that a service can do: node:http reads the order and answers 201.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendMessage } from 'execa';

const answer = JSON.stringify({ messageId: '0197f1a0-0000-7000-8000-000000000000' });

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end(answer));
});
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => sendMessage((server.address() as AddressInfo).port));
