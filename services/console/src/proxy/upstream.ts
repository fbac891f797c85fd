import { Agent } from 'undici';
import { createResolver, type Resolver } from './resolver.js';

/** A server whose answers the console passes on. */
export interface Upstream {
  /** Names it in errors, such as `order service`. */
  readonly name: string;
  readonly url: string;
  /** Bearer token, for internal routes. */
  readonly token?: string;
}

export interface UpstreamRequest {
  readonly method?: 'GET' | 'POST';
  /** With the query. Sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly timeoutMs: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** There is no complete answer. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** Whether the request cannot have had an effect, because no connection was made. */
  readonly unsent: boolean;

  constructor(message: string, unsent: boolean, cause: unknown) {
    super(message, { cause });
    this.unsent = unsent;
  }
}

const CONNECT_MS = 3_000;
const KEEP_ALIVE_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
// A paused server keeps at most this many connections busy. Further requests to it wait.
const CONNECTIONS = 32;
// System calls that fail before the request is sent. An open connection fails in `read` or `write`,
// possibly with the same code.
const CONNECT_CALLS = new Set<unknown>(['connect', 'getaddrinfo']);

export type UpstreamClient = ReturnType<typeof createUpstreamClient>;

/** Creates a client that keeps connections open and limits the time and the size of every answer. */
export function createUpstreamClient({ resolve, connectLookup }: Resolver = createResolver()) {
  const agent = new Agent({
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_MS, lookup: connectLookup },
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  return {
    /** Resolves with any answer, whatever its status. @throws UpstreamError */
    async send({ url, token }: Omit<Upstream, 'name'>, request: UpstreamRequest): Promise<UpstreamAnswer> {
      const { method = 'GET', path, body, timeoutMs } = request;
      const { origin, pathname } = new URL(url);
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      // Bounds the whole request. The agent's own time-outs restart with each byte received.
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await agent.request({
          origin,
          path: pathname.replace(/\/$/, '') + path,
          method,
          headers: { ...request.headers, ...authorization },
          body: body ?? null,
          signal,
        });
        const bytes = Buffer.from(await answer.body.arrayBuffer());
        return { status: answer.statusCode, headers: answer.headers, body: bytes };
      } catch (error) {
        const text = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : describe(error);
        throw new UpstreamError(text, isUnsent(error), error);
      }
    },
    /** Returns every address of a host name. @throws the error of the lookup */
    findAddresses: resolve,
    close: () => agent.destroy(),
  };
}

interface SystemError extends Error {
  readonly code?: unknown;
  readonly syscall?: unknown;
  /** Of a failed connect to several addresses. */
  readonly errors?: readonly Error[];
}

function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall, errors }: SystemError = error;
  return code === 'UND_ERR_CONNECT_TIMEOUT' || CONNECT_CALLS.has(syscall) || isUnsent(errors?.[0]);
}

/** The code, because undici's messages do not have a common form. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errors }: SystemError = error;
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? error.message : describe(errors[0]);
}
