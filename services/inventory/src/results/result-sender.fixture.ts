// Test fixture: a result sender and a fake order service.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MessageResult } from '@lmt/contracts';
import { createStallDetector, type StallDetector } from '@lmt/resilience';
import { createMetrics, type Metrics } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterEach, beforeEach, expect } from 'vitest';
import { createResultSender, type ResultSender } from './send-results.js';

export const SECRET = 'a secret of more than thirty-two characters';
const PROCESSED_AT = '2026-01-01T00:00:00.000Z';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly results: MessageResult[];
}

export const ok = (response: ServerResponse) => response.end('{"results":[]}');
export const fail = (response: ServerResponse) => response.writeHead(503).end('{"title":"not now"}');

export const someResults = (count: number, from = 0): MessageResult[] =>
  Array.from({ length: count }, (_, index) => ({
    messageId: `00000000-0000-4000-8000-${String(from + index).padStart(12, '0')}`,
    orderId: '00000000-0000-4000-8000-000000000000',
    outcome: 'SUCCEEDED',
    processedAt: PROCESSED_AT,
  }));

// Longer than the default of one second, because the machine may be busy.
export const poll = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });

export class SenderTest {
  /** The requests to the order service. */
  readonly received: Received[] = [];
  /** The pauses of the sender in milliseconds. */
  readonly slept: number[] = [];
  readonly metrics: Metrics = createMetrics('inventory');
  readonly stallDetector: StallDetector;
  readonly sender: ResultSender;
  readonly log: readonly Record<string, unknown>[];
  elapsedMs = 0;
  /** How the order service answers. The first request has the number 1. */
  answer: (response: ServerResponse, attempt: number) => void = ok;

  constructor(url: string) {
    const { logger, lines } = recordLog();
    this.log = lines;
    this.stallDetector = createStallDetector({ activity: 'sending', monotonicNow: () => this.elapsedMs });
    this.sender = createResultSender({
      url,
      secrets: [SECRET, 'an older secret of more than 32 characters'],
      logger,
      metrics: this.metrics,
      stallDetector: this.stallDetector,
      random: () => 1,
      sleep: (ms, signal) => this.sleep(ms, signal),
    });
  }

  sleep: (ms: number, signal: AbortSignal) => Promise<void> = async (ms) => {
    this.slept.push(ms);
    this.elapsedMs += ms;
    await new Promise(setImmediate);
  };
  delivered = () => this.received.flatMap(({ results }) => results.map(({ messageId }) => messageId));
  warnings = () => this.log.filter(({ level }) => level === 'warn');
}

/** Starts a sender and its order service for each test of the file. `use` gets them. */
export function startSenders(use: (test: SenderTest) => void): void {
  let server: Server;
  let test: SenderTest;
  beforeEach(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      test.received.push({ headers: request.headers, body, results: JSON.parse(body).results });
      test.answer(response, test.received.length);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    test = new SenderTest(`http://127.0.0.1:${port}/internal/message-results`);
    use(test);
  });
  afterEach(async () => {
    await test.sender.drain();
    await test.sender.close();
    server.closeAllConnections();
    server.close();
  });
}
