import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { Problem } from '../problem/problem.js';
import { sendProblem } from '../problem/send-problem.js';
import { connectionProblem, rawAnswer } from './connection-problem.js';
import type { OpenWork } from './open-work.js';

/**
 * Answers what never became a request of the app: bytes that are no HTTP, what did not arrive in time,
 * CONNECT and unknown expectations. The connection ends with it, once the requests before it on the
 * same connection have their answers.
 */
export function answerBrokenRequests(server: Server, open: OpenWork, logger: Logger): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    logger.debug({ err: error, peer: socket.remoteAddress }, 'broken request');
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else answerInTurn(open, socket, connectionProblem(error.code));
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    socket.end(rawAnswer(new Problem(405, 'This server is no proxy.', { headers: { Allow: 'GET, HEAD' } })));
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    sendProblem(response, new Problem(417, 'The only expectation that is met is 100-continue.'));
  });
  // The body is asked for by who reads it, if anybody does.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
}

/**
 * The parser of a connection fails at most once. What failed is the last request that it announced, if
 * that is not complete, or else one after it. A raw answer goes out only where it is that request's turn
 * and nothing of its own answer is out: anywhere else the client would take it for another's.
 */
function answerInTurn({ responses, lastOf }: OpenWork, socket: Socket, problem: Problem): void {
  const last = lastOf(socket);
  const failed = last && !last.request.complete ? last : undefined;
  const earlier = [...responses].filter(
    (response) => response.req.socket === socket && response !== failed?.response,
  );
  const end = () => {
    // It may have been answered without its body.
    if (failed?.response.headersSent) socket.destroySoon();
    else if (socket.writable) socket.end(rawAnswer(problem), () => socket.destroy());
  };
  const awaited = earlier.at(-1);
  // Answers leave in the order of their requests: the last one's end is that of all.
  if (awaited === undefined) end();
  else awaited.once('close', end);
}
