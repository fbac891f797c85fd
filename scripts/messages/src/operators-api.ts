import type { Service } from './find-service.js';

// The operators' HTTP API of the order service.

const patienceMs = 30_000;

/** The service refused, or could not be asked. */
export class ApiError extends Error {
  /** @param status of the answer; null without one */
  constructor(status: number | null, message: string) {
    super(message);
    this.status = status;
  }
}

export type DeadLetter = { id: string; key: string; type: string; lastError: string | null };
export interface Message {
  id: string;
  topic: string;
  key: string;
  type: string;
  status: string;
  attempts: number;
  failures: number;
  availableAt: string;
  lastError: string | null;
  createdAt: string;
  publishedAt: string | null;
  completedAt: string | null;
}
export type MessageDetail = Message & {
  payload: unknown;
  headers: unknown;
  result: unknown;
  leasedUntil: string | null;
  history: ({ at: string; event: string } & Record<string, unknown>)[];
};
export type Stats = { counts: Record<string, number>; oldestUnfinishedSeconds: number | null };
export interface BulkAnswer {
  matched: number;
  changed: number;
  refused: number;
  dryRun: boolean;
  items: DeadLetter[];
  more: boolean;
}
export type Verb = 'requeue' | 'discard';
export type OperatorsApi = ReturnType<typeof connectOperators>;

/** @param by who asks */
export function connectOperators({ url, token }: Service, by: string) {
  /** @param body a POST, if there is one */
  async function ask(path: string, body: unknown) {
    let response: Response;
    let text: string;
    try {
      response = await fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          // Header values are bytes; these are UTF-8.
          'x-operator': Buffer.from(by, 'utf8').toString('latin1'),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      });
      text = await response.text();
    } catch (error) {
      throw new ApiError(null, `${url} can't be reached: ${reasonOf(error)}`);
    }
    const json = parsed(text);
    if (response.ok && json !== undefined) return json;
    throw new ApiError(response.status, problemOf(url, response.status, json));
  }

  return {
    list: (query: Record<string, string>): Promise<{ items: Message[]; nextCursor: string | null }> =>
      ask(`/messages?${new URLSearchParams(query)}`),
    show: (id: string): Promise<MessageDetail> => ask(`/messages/${id}`),
    stats: (): Promise<Stats> => ask('/messages/stats'),
    decide: (verb: Verb, id: string, reason: string | null): Promise<MessageDetail> =>
      ask(`/messages/${id}/${verb}`, reason === null ? {} : { reason }),
    decideInBulk: (verb: Verb, body: unknown): Promise<BulkAnswer> => ask(`/messages/${verb}`, body),
  };
}

function parsed(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${patienceMs / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}

/** @param json a problem, if the service said it */
function problemOf(url: string, status: number, json: any) {
  if (status === 401) return `${url} refuses the token`;
  if (typeof json?.detail !== 'string')
    return `${url} answers ${status}: is that the order service's internal port?`;
  if (!Array.isArray(json.errors)) return json.detail;
  return json.errors.map(({ path, message }: any) => `${path}: ${message}`).join('; ');
}
