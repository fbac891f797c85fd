// Reads from the console as open browsers do: each shows the page with the flow.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What the page reads, and how often. */
const READS = [
  { path: '/api/messages/stats', everyMs: 1_000 },
  { path: '/api/messages?limit=30', everyMs: 1_000 },
  { path: '/api/health', everyMs: 2_000 },
  { path: '/api/stock?limit=8', everyMs: 5_000 },
];

export interface OpenPages {
  readonly url: string;
  readonly signInUrl: string;
  readonly browsers: number;
}

/** Never resolves. The caller ends the process. */
export async function openPages({ url, signInUrl, browsers }: OpenPages): Promise<never> {
  const { headers, body } = await request(signInUrl);
  await body.dump();
  const cookie = [headers['set-cookie'] ?? []]
    .flat()
    .map((line) => line.split(';')[0])
    .join('; ');

  async function poll(dispatcher: Agent, path: string, everyMs: number): Promise<never> {
    // Browsers are not in step.
    await pause(Math.random() * everyMs);
    for (;;) {
      const answer = await request(url + path, { dispatcher, headers: { cookie } });
      await answer.body.dump();
      if (answer.statusCode === 401) throw new Error(`${path} answered 401`);
      await pause(everyMs);
    }
  }

  const polls = Array.from({ length: browsers }, () => {
    const dispatcher = new Agent();
    return READS.map(({ path, everyMs }) => poll(dispatcher, path, everyMs));
  });
  return Promise.race(polls.flat());
}
