import type { MessageResult, MessageResultsResponse } from '@lmt/contracts';
import { type Secrets, signBody } from '@lmt/service-kit';
import { Agent, request } from 'undici';

export interface ResultPostOptions {
  readonly url: string;
  readonly secrets: Secrets;
  readonly now: () => Date;
  readonly newId: () => string;
}

export type ResultAnswers = MessageResultsResponse['results'];

export interface ResultPost {
  /**
   * One signed request; resolves with the order service's answer to each result.
   * @throws DeliveryRefused, or for an outage any other error
   */
  post(results: readonly MessageResult[]): Promise<ResultAnswers>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_000_000;

// The same body would be refused again. Other refusals (401, 404) are about the settings or the clocks.
const BLAMES_THE_BODY = new Set([400, 413, 422]);
// The order service answers an outage of its own with 503. This it did not expect.
const UNEXPECTED = 500;

/** Maybe for one of the results: the others can be delivered without it. `for good`, it will always be. */
export class DeliveryRefused extends Error {
  readonly forGood: boolean;

  constructor(message: string, forGood: boolean) {
    super(message);
    this.forGood = forGood;
  }
}

function readAnswers(text: string): ResultAnswers {
  try {
    const { results } = JSON.parse(text) as MessageResultsResponse;
    if (Array.isArray(results)) return results;
  } catch {
    // Said below.
  }
  throw new Error('the answer is not that of an order service: check CALLBACK_URL');
}

export function createResultPost({ url, secrets, now, newId }: ResultPostOptions): ResultPost {
  const agent = new Agent({
    keepAliveTimeout: 30_000,
    connectTimeout: 3_000,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  async function post(results: readonly MessageResult[]): Promise<ResultAnswers> {
    const id = newId();
    const body = JSON.stringify({ results });
    const timestamp = Math.floor(now().getTime() / 1_000);
    const answer = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signBody(secrets[0], { id, timestamp, body }) },
      body,
      // The whole of it: the agent's own limits begin anew with each byte of an answer.
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return readAnswers(text);
    const message = `${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`;
    if (BLAMES_THE_BODY.has(answer.statusCode)) throw new DeliveryRefused(message, true);
    throw answer.statusCode === UNEXPECTED ? new DeliveryRefused(message, false) : new Error(message);
  }

  return {
    post,
    async close() {
      if (!agent.closed) await agent.close();
    },
  };
}
