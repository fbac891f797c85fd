// Formats the demo's own output: its addresses and the state of its processes.
import { join } from 'node:path';
import type { Stack } from '@lmt/stack';
import { formatDuration, formatTable, plural } from '@lmt/terminal';

/**
 * Contains no secret except the sign-in link, because terminal output is copied into issues and
 * chats. The link opens a page on this machine only.
 */
export function formatWelcome({ folder, urls, consoleSignInUrl, broker, databases, names }: Stack): string {
  const order = '\'{"customerId":"alice","items":[{"sku":"KEYBOARD","quantity":2}]}\'';
  const noUrl = ''.padEnd(urls.order.length);
  return `
Everything runs. Watch it in the console:

  ${consoleSignInUrl}

Messages go through ${broker.kind === 'kafka' ? `Kafka at ${broker.bootstrap}` : 'direct HTTP'}.

  order       ${urls.order}    internal ${urls.orderInternal}
  inventory   ${urls.inventory}    internal ${urls.inventoryInternal}
  relay       ${noUrl}    internal ${urls.relay}
  databases   ${withoutLogin(databases.order)}
              ${withoutLogin(databases.inventory)}
              (with their logins in ${join(folder, 'demo.json')})

Place an order, then look at it and at the stock:

  curl -i ${urls.order}/orders -H 'content-type: application/json' -d ${order}
  curl ${urls.order}/orders
  curl ${urls.inventory}/stock

The messages, for operators:

  npm run messages -- stats

From another terminal, to see the retries (${names.join(', ')}):

  npm run demo -- kill inventory
  npm run demo -- start inventory
  npm run demo -- status
  npm run verify

Ctrl-C stops everything cleanly; the data stays in ${folder}.
`;
}

function withoutLogin(url: string) {
  return Object.assign(new URL(url), { username: '', password: '' }).href;
}

export function formatStatus(status: Awaited<ReturnType<Stack['status']>>, consoleSignInUrl: string): string {
  const rows = status.map(({ name, phase, ready, pid, url, upSince, restarts }) => [
    name,
    phase === 'up' && !ready ? 'up, not ready' : phase,
    pid === null ? '' : `process ${pid}`,
    upSince === null ? '' : formatDuration((Date.now() - upSince) / 1_000),
    restarts === 0 ? '' : `restarted ${plural(restarts, 'time')}`,
    url ?? '',
  ]);
  return `${formatTable([{}, {}, {}, {}, {}, {}], rows)}\n\nThe console: ${consoleSignInUrl}`;
}
