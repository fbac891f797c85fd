import { Agent } from 'undici';

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
// A paused server holds up to this many connections. Further requests to it wait.
const CONNECTIONS = 32;
// Codes of errors that occur before the request is sent.
const UNSENT =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;

export type UpstreamClient = ReturnType<typeof createUpstreamClient>;

/** Creates a client that keeps connections open and limits the time and the size of every answer. */
export function createUpstreamClient() {
  const agent = new Agent({
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_MS },
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
        throw new UpstreamError(text, UNSENT.test(describe(error)), error);
      }
    },
    close: () => agent.destroy(),
  };
}

/** The code, because undici's messages do not have a common form. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, errors }: Error & { readonly code?: unknown; readonly errors?: readonly Error[] } = error;
  if (typeof code === 'string') return code;
  // A failed connect to several addresses.
  return errors?.[0] === undefined ? error.message : describe(errors[0]);
}
