// Client of the services' HTTP APIs for operators.
import { randomUUID } from 'node:crypto';
import { NO_ROUTE_DETAIL } from '@lmt/api';
import type {
  InboxMessageView,
  ListActionsQuery,
  ListMessagesQuery,
  MessageDetailView,
  MessageStatsView,
  MessagesInBulkResponse,
  MessagesPage,
  messagesInBulkRequest,
  OperatorActionView,
  Page,
} from '@lmt/contracts';
import { z } from 'zod';
import type { Service } from './find-service.js';

const TIMEOUT_MS = 30_000;
/** After a lost reply or a 503, the command resends the request with the same key. */
const RETRY_AFTER_MS = [500, 2_000];

const PORT_ADVICE: Readonly<Record<Service['name'], string>> = {
  'order service': 'Pass the URL of its INTERNAL_PORT (3100 by default) with --url or ORDER_INTERNAL_URL',
  inventory: 'Set INVENTORY_INTERNAL_URL to the URL of its INTERNAL_PORT (3101 by default)',
};

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
  /** The names of the wrong fields. */
  readonly fields: readonly string[];

  constructor(status: number | null, message: string, fields: readonly string[] = []) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** The URL is not the service's internal port, so the request had no effect. */
export class WrongPortError extends ApiError {}

export type Verb = 'requeue' | 'discard' | 'send-now';

/** The name that the service records with each decision, unless the token has a name. */
export interface OperatorName {
  readonly name: string;
  /** Whether the operator specified the name. The service must then accept it. */
  readonly isGiven: boolean;
}
type BulkRequest = z.input<typeof messagesInBulkRequest>;
export type OperatorsApi = ReturnType<typeof connectOperatorsApi>;

export function connectOperatorsApi(
  { name, url, token }: Service,
  operator: OperatorName,
  pause: (ms: number) => Promise<void>,
) {
  let operatorHeader: Record<string, string> = {
    // fetch sends header values as latin1, so this conversion passes on UTF-8 bytes.
    'x-operator': Buffer.from(operator.name, 'utf8').toString('latin1'),
  };

  async function get<T>(path: string): Promise<T> {
    return withoutRefusedName(() => request<T>(path));
  }

  async function post<T>(path: string, body: object): Promise<T> {
    const key = randomUUID();
    for (const ms of RETRY_AFTER_MS) {
      try {
        return await withoutRefusedName(() => request<T>(path, { key, body }));
      } catch (error) {
        if (!(error instanceof ApiError) || !(error.status === null || error.status === 503)) throw error;
        await pause(ms);
      }
    }
    return request<T>(path, { key, body });
  }

  /** A named token rejects another name. If the operator specified no name, the token's applies. */
  async function withoutRefusedName<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      const isRefused = error instanceof ApiError && error.fields.includes('x-operator');
      if (!isRefused || operator.isGiven || !('x-operator' in operatorHeader)) throw error;
      operatorHeader = {};
      return send();
    }
  }

  /** Sends a POST if there is something to send, otherwise a GET. */
  async function request<T>(
    path: string,
    sent?: { readonly key: string; readonly body: object },
  ): Promise<T> {
    const { status, text } = await fetch(url + path, {
      method: sent === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...operatorHeader,
        ...(sent && { 'content-type': 'application/json', 'idempotency-key': sent.key }),
      },
      body: sent === undefined ? null : JSON.stringify(sent.body),
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
    throw toApiError({ name, url }, status, json);
  }

  return {
    list: (query: ListMessagesQuery) => get<MessagesPage>(`/messages?${toQuery(query)}`),
    show: (id: string) => get<MessageDetailView>(`/messages/${id}`),
    actions: (query: ListActionsQuery) =>
      get<Page<OperatorActionView>>(`/operator-actions?${toQuery(query)}`),
    /** Only the inventory has this. */
    inbox: (messageId: string) => get<InboxMessageView>(`/inbox/${messageId}`),
    stats: () => get<MessageStatsView>('/messages/stats'),
    decide: (verb: Verb, id: string, reason?: string) =>
      post<MessageDetailView>(`/messages/${id}/${verb}`, { reason }),
    decideInBulk: (verb: Verb, body: BulkRequest) => post<MessagesInBulkResponse>(`/messages/${verb}`, body),
  };
}

function toQuery(query: object): URLSearchParams {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
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

function toApiError({ name, url }: Pick<Service, 'name' | 'url'>, status: number, json: unknown): ApiError {
  if (status === 401) return new ApiError(status, `${url} rejects the token`);
  const { data: problem } = problemSchema.safeParse(json);
  if (!problem) {
    const text = `${url} responds with ${status}: is it the internal port of the ${name}?`;
    return status === 404 ? new WrongPortError(status, text) : new ApiError(status, text);
  }
  const { errors, detail } = problem;
  if (status === 404 && detail === NO_ROUTE_DETAIL)
    return new WrongPortError(
      status,
      `${url} has no routes for operators: it is not the internal port of the ${name}. ${PORT_ADVICE[name]}`,
    );
  if (errors) {
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return new ApiError(
      status,
      text,
      errors.map(({ path }) => path),
    );
  }
  if (status !== 503) return new ApiError(status, detail);
  // Omits the advice for HTTP clients. This command has already retried with the same key.
  const cause = detail.replace(/ *Retry, with the same Idempotency-Key[^.]*\./, '');
  return new ApiError(status, `${cause.replace(/\.$/, '')}; run the command again later`);
}
