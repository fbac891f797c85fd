// The operators' HTTP API of the order service.

const patienceMs = 30_000;

/** The service refused, or could not be asked. */
export class ApiError extends Error {
  /** @param {number | null} status of the answer; null without one @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @typedef {{ id: string, key: string, type: string, lastError: string | null }} DeadLetter */
/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} topic
 * @property {string} key
 * @property {string} type
 * @property {string} status
 * @property {number} attempts
 * @property {number} failures
 * @property {string} availableAt
 * @property {string | null} lastError
 * @property {string} createdAt
 * @property {string | null} publishedAt
 * @property {string | null} completedAt
 */
/**
 * @typedef {Message & {
 *   payload: unknown, headers: unknown, result: unknown, leasedUntil: string | null,
 *   history: ({ at: string, event: string } & Record<string, unknown>)[],
 * }} MessageDetail
 */
/** @typedef {{ counts: Record<string, number>, oldestUnfinishedSeconds: number | null }} Stats */
/**
 * @typedef {object} BulkAnswer
 * @property {number} matched
 * @property {number} changed
 * @property {number} refused
 * @property {boolean} dryRun
 * @property {DeadLetter[]} items
 * @property {boolean} more
 */
/** @typedef {'requeue' | 'discard'} Verb */
/** @typedef {ReturnType<typeof connectOperators>} OperatorsApi */

/** @param {import('./find-service.mjs').Service} service @param {string} by who asks */
export function connectOperators({ url, token }, by) {
  /** @param {string} path @param {unknown} [body] a POST, if there is one */
  async function ask(path, body) {
    /** @type {Response} */
    let response;
    /** @type {string} */
    let text;
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
    /** @param {Record<string, string>} query @returns {Promise<{ items: Message[], nextCursor: string | null }>} */
    list: (query) => ask(`/messages?${new URLSearchParams(query)}`),
    /** @param {string} id @returns {Promise<MessageDetail>} */
    show: (id) => ask(`/messages/${id}`),
    /** @returns {Promise<Stats>} */
    stats: () => ask('/messages/stats'),
    /** @param {Verb} verb @param {string} id @param {string | null} reason @returns {Promise<MessageDetail>} */
    decide: (verb, id, reason) => ask(`/messages/${id}/${verb}`, reason === null ? {} : { reason }),
    /** @param {Verb} verb @param {unknown} body @returns {Promise<BulkAnswer>} */
    decideInBulk: (verb, body) => ask(`/messages/${verb}`, body),
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${patienceMs / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error && cause.message ? cause.message : error.message;
}

/** @param {string} url @param {number} status @param {any} json a problem, if the service said it */
function problemOf(url, status, json) {
  if (status === 401) return `${url} refuses the token`;
  if (typeof json?.detail !== 'string')
    return `${url} answers ${status}: is that the order service's internal port?`;
  if (!Array.isArray(json.errors)) return json.detail;
  return json.errors.map((/** @type {any} */ { path, message }) => `${path}: ${message}`).join('; ');
}
