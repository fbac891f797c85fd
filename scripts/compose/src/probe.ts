// The health check of a container. `probe.js PORT` requests /readyz on that port. Imports only
// node:net, because it starts every few seconds.
import { connect } from 'node:net';

const socket = connect(Number(process.argv[2]), '127.0.0.1');
socket.setTimeout(4_000, () => process.exit(1));
socket.on('error', () => process.exit(1));
socket.once('data', (head) => process.exit(/^HTTP\/1\.\d 200 /.test(head.toString('latin1')) ? 0 : 1));
socket.on('end', () => process.exit(1));
socket.write('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
