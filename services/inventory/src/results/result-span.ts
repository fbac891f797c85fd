import type { MessageResult } from '@lmt/contracts';
import type { BatchDescription } from '@lmt/tracing';
import type { ResultAnswers } from './post-results.js';

/** The span of each result's request to `url`. */
export function resultSpan(url: string): BatchDescription<MessageResult, ResultAnswers> {
  const { pathname, hostname, port, protocol } = new URL(url);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return {
    describeBatch: () => ({
      name: `POST ${pathname}`,
      kind: 'client',
      attributes: {
        'http.request.method': 'POST',
        'url.full': url,
        'server.address': hostname,
        'server.port': Number(port) || defaultPort,
      },
    }),
    describeItem: ({ messageId }) => ({ 'messaging.message.id': messageId }),
    describeResult: (answers) => (index) => {
      const { status } = answers[index] ?? {};
      return {
        attributes: {
          'http.response.status_code': 200,
          ...(status !== undefined && { 'message.result': status }),
        },
      };
    },
  };
}
