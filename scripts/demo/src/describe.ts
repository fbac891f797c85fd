// What the demo tells a person: where everything is, and how it is.
import { join } from 'node:path';

import type { Stack } from '@lmt/stack';

/** Without a secret: what the terminal shows is copied into issues and chats. */
export function welcome({ folder, urls, broker, databases }: Stack) {
  const order = '\'{"customerId":"alice","items":[{"sku":"KEYBOARD","quantity":2}]}\'';
  // A quote in the path must not end that of the shell.
  const demoFile = JSON.stringify(join(folder, 'demo.json')).replaceAll("'", '\\u0027');
  return `
Everything runs. Messages go by ${broker.kind === 'kafka' ? `Kafka at ${broker.bootstrap}` : 'direct HTTP'}.

  order       ${urls.order}    internal ${urls.orderInternal}
  inventory   ${urls.inventory}    internal ${urls.inventoryInternal}
  relay                                internal ${urls.relay}
  databases   ${withoutLogin(databases.order)}
              ${withoutLogin(databases.inventory)}
              (with their logins in ${join(folder, 'demo.json')})

Place an order, then look at it and at the stock:

  curl -i ${urls.order}/orders -H 'content-type: application/json' -d ${order}
  curl ${urls.order}/orders
  curl ${urls.inventory}/stock

The messages, for operators:

  curl -H "authorization: Bearer $(node -p 'require(${demoFile}).adminToken')" ${urls.orderInternal}/messages/stats

From another terminal, to see the retries (order, relay, inventory, kafka, postgres):

  npm run demo -- kill inventory
  npm run demo -- start inventory
  npm run demo -- status
  npm run verify

Ctrl-C stops everything in order; the data stays in ${folder}.
`;
}

function withoutLogin(url: string) {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

function duration(since: number | null) {
  if (since === null) return '';
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

export function statusTable(status: Awaited<ReturnType<Stack['status']>>) {
  const rows = status.map(({ name, phase, ready, pid, url, upSince, restarts }) => [
    name,
    phase === 'up' && !ready ? 'up, not ready' : phase,
    pid === null ? '' : `process ${pid}`,
    duration(upSince),
    restarts === 0 ? '' : `restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}`,
    url ?? '',
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
