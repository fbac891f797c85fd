import type { MessageResult } from '@lmt/contracts';
import type { Tracing } from '@lmt/tracing';
import type { ResultAnswers } from './post-results.js';

type Post = (results: readonly MessageResult[]) => Promise<ResultAnswers>;

/** Records the span of each result's request, and passes its trace context to the order service. */
export function traceResults(tracing: Tracing, url: string, post: Post): Post {
  const { pathname, hostname, port } = new URL(url);
  const attributes = {
    'http.request.method': 'POST',
    'url.full': url,
    'server.address': hostname,
    'server.port': Number(port),
  };
  return async (results) => {
    const batch = tracing.startBatch(
      { name: `POST ${pathname}`, kind: 'client', attributes },
      results.map(({ messageId, traceparent }) => ({
        parent: traceparent,
        attributes: { 'messaging.message.id': messageId },
      })),
    );
    try {
      const answers = await post(
        results.map((result, index) => ({ ...result, traceparent: batch.traceparents[index] })),
      );
      batch.end({ attributes: { 'http.response.status_code': 200 } }, (index) => {
        const { status } = answers[index] ?? {};
        return status === undefined ? {} : { attributes: { 'message.result': status } };
      });
      return answers;
    } catch (error) {
      batch.end({ error: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  };
}
