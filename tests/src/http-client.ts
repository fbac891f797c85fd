import { Agent, request } from 'undici';

/** A response with its text, because some responses must be equal byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown;
}

export type Headers = Readonly<Record<string, string>>;

const agent = new Agent({ connections: 200, connect: { timeout: 5_000 }, keepAliveTimeout: 1_000 });

/** Sends one request. Rejects without a response within 20 s, because no service may hang. */
export async function send(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: string | Buffer,
  headers: Headers = {},
): Promise<Answer> {
  const response = await request(url, {
    dispatcher: agent,
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body ?? null,
    headersTimeout: 20_000,
    bodyTimeout: 20_000,
  });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, json: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
