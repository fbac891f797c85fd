// Client of the order service's HTTP API for operators.
import type {
  ListMessagesQuery,
  MessageDetailView,
  MessageStatsView,
  MessagesInBulkResponse,
  MessageView,
  messagesInBulkRequest,
  Page,
} from '@lmt/contracts';
import { z } from 'zod';
import type { Service } from './find-service.js';

const TIMEOUT_MS = 30_000;

/** The fields of an RFC 9457 problem that the command prints. */
const problemSchema = z.object({
  detail: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

/** The service rejected the request, or could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status, or null if there was no response. */
  readonly status: number | null;

  constructor(status: number | null, message: string) {
    super(message);
    this.status = status;
  }
}

export type Verb = 'requeue' | 'discard';
type BulkRequest = z.input<typeof messagesInBulkRequest>;
export type OperatorsApi = ReturnType<typeof connectOperatorsApi>;

/** @param operator name that the service records with each decision */
export function connectOperatorsApi({ url, token }: Service, operator: string) {
  /** Sends a POST if `body` is given, otherwise a GET. */
  async function request<T>(path: string, body?: object): Promise<T> {
    const { status, text } = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        // fetch sends header values as latin1, so this conversion passes on UTF-8 bytes.
        'x-operator': Buffer.from(operator, 'utf8').toString('latin1'),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      // Following a redirect would send the token to another server.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error) => {
        throw new ApiError(null, `${url} can't be reached: ${describeFailure(error)}`);
      });
    const json = parseJson(text);
    if (status < 300 && json !== undefined) return json as T;
    throw new ApiError(status, describeProblem(url, status, json));
  }

  return {
    list: (query: ListMessagesQuery) => {
      const given = Object.entries(query).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return request<Page<MessageView>>(`/messages?${new URLSearchParams(given)}`);
    },
    show: (id: string) => request<MessageDetailView>(`/messages/${id}`),
    stats: () => request<MessageStatsView>('/messages/stats'),
    decide: (verb: Verb, id: string, reason?: string) =>
      request<MessageDetailView>(`/messages/${id}/${verb}`, { reason }),
    decideInBulk: (verb: Verb, body: BulkRequest) =>
      request<MessagesInBulkResponse>(`/messages/${verb}`, body),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no response within ${TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}

function describeProblem(url: string, status: number, json: unknown): string {
  if (status === 401) return `${url} rejects the token`;
  const { data: problem } = problemSchema.safeParse(json);
  if (!problem) return `${url} responds with ${status}: is it the order service's internal port?`;
  return problem.errors?.map(({ path, message }) => `${path}: ${message}`).join('; ') ?? problem.detail;
}
