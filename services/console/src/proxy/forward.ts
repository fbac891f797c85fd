import { invalidInput, unavailable } from '@lmt/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import type { SharedReads } from './shared-reads.js';
import {
  type Upstream,
  type UpstreamAnswer,
  type UpstreamClient,
  UpstreamError,
  type UpstreamRequest,
} from './upstream.js';

export interface ForwardOptions {
  readonly client: UpstreamClient;
  readonly sharedReads: SharedReads;
}

/** Path at the upstream, with parameters such as `:id` that are taken from the request. */
export interface Target {
  readonly upstream: Upstream;
  readonly path: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const RETRY_SECONDS = 2;
const JSON_TYPE = /^application\/(?:problem\+)?json\s*(?:;|$)/i;
const UNAUTHORIZED = 401;
// Ids, SKUs and names of commands. A segment such as `..` could lead to another path.
const SEGMENT = /^[A-Za-z0-9][\w.-]{0,127}$/;
const REQUEST_HEADERS = ['idempotency-key', 'x-operator'];
const ANSWER_HEADERS = ['content-type', 'retry-after', 'idempotency-replayed'];

const LOOK_FIRST =
  'The request may have taken effect. Look before you repeat it, or repeat it with the same Idempotency-Key.';

function toPath(request: Request, target: Target): string {
  const path = target.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = request.params[name];
    if (typeof value === 'string' && SEGMENT.test(value)) return value;
    const message = 'expected at most 128 letters, digits, ".", "_" and "-"';
    throw invalidInput('path', [{ path: name, message }]);
  });
  const query = request.url.indexOf('?');
  return query < 0 ? path : path + request.url.slice(query);
}

/** @throws Problem 503 that names the upstream if it does not answer or its answer makes no sense */
async function send(client: UpstreamClient, { upstream, timeoutMs }: Target, request: ShortRequest) {
  const unusable = (reason: string, advice = '') =>
    unavailable(`The ${upstream.name} ${reason}.${advice}`, RETRY_SECONDS, `${upstream.name} ${reason}`);
  try {
    const answer = await client.send(upstream, { timeoutMs: timeoutMs ?? TIMEOUT_MS, ...request });
    // The page would take a 401 for the end of its own session.
    if (answer.status === UNAUTHORIZED)
      throw unusable("rejects the console's token: compare the settings of both");
    if ((answer.status >= 300 && answer.status < 400) || !isJson(answer))
      throw unusable(`gave an unexpected answer (${answer.status}): check its URL in the console's settings`);
    return answer;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const advice = request.method === 'POST' && !error.unsent ? ` ${LOOK_FIRST}` : '';
    throw unusable(`does not answer: ${error.message}`, advice);
  }
}

type ShortRequest = Omit<UpstreamRequest, 'timeoutMs'>;

function isJson({ headers: { 'content-type': type } }: UpstreamAnswer): boolean {
  return typeof type === 'string' && JSON_TYPE.test(type);
}

/** Passes on only the status, the body and the headers that clients of the services know. */
function sendAnswer(response: Response, { status, headers, body }: UpstreamAnswer): void {
  for (const name of ANSWER_HEADERS) {
    const value = headers[name];
    if (value !== undefined) response.setHeader(name, value);
  }
  response.statusCode = status;
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** Reads from the upstream. Equal reads share one request. */
export async function readUpstream(
  { client, sharedReads }: ForwardOptions,
  target: Target,
  path = target.path,
  isCostly?: (answer: UpstreamAnswer) => boolean,
): Promise<UpstreamAnswer> {
  const key = `${target.upstream.url} ${path}`;
  return sharedReads.share(key, () => send(client, target, { path }), isCostly);
}

/** An answer that reports a failure took long because the service waited. */
const isRead = ({ status }: UpstreamAnswer) => status === 200;

/** Answers a GET with the answer of the upstream. */
export function forwardRead(options: ForwardOptions, target: Target): RequestHandler {
  return async (request, response) =>
    sendAnswer(response, await readUpstream(options, target, toPath(request, target), isRead));
}

/** Sends a POST with its body to the upstream and passes the answer back. Never sends it twice. */
export function forwardWrite({ client, sharedReads }: ForwardOptions, target: Target): RequestHandler {
  return async (request, response) => {
    const path = toPath(request, target);
    const body = await request.bodyReader?.bytes(request, response);
    const headers: Record<string, string> = { accept: 'application/json' };
    for (const name of REQUEST_HEADERS) {
      const value = request.get(name);
      if (value !== undefined) headers[name] = value;
    }
    if (body !== undefined && body.length > 0) headers['content-type'] = 'application/json';
    try {
      sendAnswer(
        response,
        await send(client, target, { method: 'POST', path, headers, ...(body && { body }) }),
      );
    } finally {
      sharedReads.forgetAll();
    }
  };
}
