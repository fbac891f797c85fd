import { noteServerTime } from './server-clock.ts';

/** An RFC 9457 problem, or a console that cannot be reached (`status` 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Whether the request changes nothing, so that the page may repeat it. */
  readonly isRead: boolean;

  constructor(status: number, detail: string, errors: ApiError['errors'] = [], isRead = false) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.isRead = isRead;
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer with the headers that the page shows. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly replayed: boolean;
}

interface Problem {
  readonly detail?: string;
  readonly errors?: ApiError['errors'];
}

/** Sends a request to the console's /api. `path` starts with a slash. @throws ApiError */
export async function send<T>(path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const { method = 'GET', body, headers, signal } = options;
  const sentAt = Date.now();
  const response = await fetch(`/api${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, String(error));
  });
  noteServerTime(response.headers.get('date'), sentAt);
  const json: unknown = await response.json().catch((error: unknown) => {
    // The body of an answer broke off. Other bodies without JSON are errors or empty.
    if (response.ok && response.status !== 204) throw new ApiError(0, String(error));
    return null;
  });
  if (!response.ok) {
    const { detail, errors } = (json ?? {}) as Problem;
    throw new ApiError(response.status, detail ?? response.statusText, errors, method === 'GET');
  }
  return { status: response.status, body: json as T, replayed: response.headers.has('idempotency-replayed') };
}

/** Sends a GET and returns the body. @throws ApiError */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send<T>(path, signal === undefined ? {} : { signal })).body;
}

/** Formats a query string with the values that are set, or an empty text. */
export function toQuery(values: Readonly<Record<string, string | number | null | undefined>>): string {
  const entries = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  if (entries.length === 0) return '';
  return `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`;
}
