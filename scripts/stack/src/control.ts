// The control channel: HTTP with JSON and a token, by which the console and other terminals control
// a running system. Imports nothing of the stack, so that a command that only calls it starts fast.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_BODY_BYTES = 100_000;

export interface ControlAddress {
  /** On the loopback interface. */
  readonly port: number;
  readonly token: string;
}

type ControlBody = Readonly<Record<string, unknown>>;

/** `text` is for display. If a command throws, the client gets 409 with the error's message. */
export type ControlCommand = (body: ControlBody) => Promise<{ readonly text: string }>;

export interface ControlChannel {
  readonly host?: string;
  readonly port?: number;
  readonly token?: string;
  /** The answer to GET /. If it throws, the client gets 503 with the error's message. */
  readonly describe: () => Promise<object>;
  /** By name: POST /NAME runs a command. */
  readonly commands: Readonly<Record<string, ControlCommand>>;
}

/** Reads a text field of the body. Throws if a required field is missing. */
export function readText(body: ControlBody, field: string): string {
  const text = readOptionalText(body, field);
  if (text === undefined) throw new Error(`${field} is missing`);
  return text;
}

export function readOptionalText(body: ControlBody, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new Error(`${field}: expected text`);
}

class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Serves the commands, by default on a free loopback port with a random token. */
export async function serveControl({
  host = '127.0.0.1',
  port = 0,
  token = randomBytes(24).toString('base64url'),
  describe,
  commands,
}: ControlChannel): Promise<ControlAddress & { close(): void }> {
  const expected = Buffer.from(`Bearer ${token}`);

  function isAuthorised({ headers }: IncomingMessage) {
    const given = Buffer.from(headers.authorization ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  async function answer(request: IncomingMessage): Promise<object> {
    const { method, url = '' } = request;
    // For the health check of a container.
    if (url === '/readyz') return { ready: true };
    if (!isAuthorised(request)) throw new ControlError(401, 'The control token is missing or wrong.');
    const name = url.slice(1);
    if (method === 'GET' && name === '') return describe().catch(refuse(503));
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (method !== 'POST' || !command) throw new ControlError(404, `${method} ${url} does not exist.`);
    const body = await readBody(request);
    return command(body).catch(refuse(409));
  }

  const server = createServer(async (request, response) => {
    try {
      send(response, 200, await answer(request));
    } catch (error) {
      const status = error instanceof ControlError ? error.status : 500;
      send(response, status, {
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail: (error as Error).message,
      });
    }
  });
  await once(server.listen(port, host), 'listening');
  return { port: (server.address() as AddressInfo).port, token, close: () => void server.close() };
}

const refuse = (status: number) => (error: Error) => {
  throw new ControlError(status, error.message);
};

function send(response: ServerResponse, status: number, content: object) {
  const type = status === 200 ? 'application/json' : 'application/problem+json';
  // The rest of a rejected request is not read.
  const connection = response.req.complete ? 'keep-alive' : 'close';
  response.writeHead(status, { 'content-type': type, connection });
  response.end(JSON.stringify(content));
}

async function readBody(request: IncomingMessage): Promise<ControlBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new ControlError(413, 'The body is too large.');
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof body === 'object' && body !== null) return body as ControlBody;
  } catch {
    // Answered below.
  }
  throw new ControlError(400, 'The body is not a JSON object.');
}

/** Calls a command of a running demo, or reads its state without `command`. Throws if the demo refuses. */
export async function callControl<Answer>(
  { port, token }: ControlAddress,
  command?: string,
  body: ControlBody = {},
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/${command ?? ''}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(command === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const content = (await response.json()) as Answer & { readonly detail?: string };
  if (!response.ok) throw new Error(content.detail ?? `the demo answered ${response.status}`);
  return content;
}
