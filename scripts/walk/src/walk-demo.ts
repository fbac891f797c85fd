// The demo as the subject of a walk: ports and a data folder of its own, retries at a tester's pace.

import { join } from 'node:path';
import type { Child } from '@lmt/stack';
import { freePorts, poll, root, startProcess, stopProcess } from '@lmt/stack';
import { runWalk } from './run-walk.js';

const portVariables = [
  ['ORDER_PORT', 3000],
  ['INVENTORY_PORT', 3001],
  ['ORDER_INTERNAL_PORT', 3100],
  ['INVENTORY_INTERNAL_PORT', 3101],
  ['RELAY_PORT', 3102],
  ['POSTGRES_PORT', 54329],
  ['KAFKA_PORT', 9092],
  ['KAFKA_CONTROLLER_PORT', 9093],
];
/** The figures differ from the README's; that they grow is seen all the same. */
const pace = { RESULT_DEADLINE_SECONDS: '2', RETRY_BASE_SECONDS: '1', RELAY_CRON: '* * * * * *' };

export async function walkDemo(
  readme: string,
  { folder, say }: { folder: string; say: (line: string) => void },
) {
  const free = await freePorts(portVariables.length);
  const ports = portVariables.map(([variable, port], index) => ({
    variable,
    port,
    actual: String(free[index]),
  }));
  const env = {
    ...pace,
    ...Object.fromEntries(ports.map(({ variable, actual }) => [variable, actual])),
    DEMO_DATA: folder,
  };
  const lines: string[] = [];
  let demo: Child | null = null;
  try {
    return await runWalk(
      readme,
      {
        path: 'demo',
        env,
        lines: () => lines,
        adapt: (command) =>
          ports
            .reduce(
              (text, { port, actual }) => text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${actual}`),
              command,
            )
            .replaceAll('.data/', `${folder}/`),
        async start(command) {
          if (command !== 'npm run demo') return false;
          const child = await startProcess(process.execPath, [join(root, 'scripts', 'demo.mjs')], {
            env: { ...process.env, ...env },
            cwd: root,
            onLine: (line) => lines.push(line),
          });
          demo = child;
          await poll(
            'the demo runs',
            () => {
              if (!child.running) throw new Error(`the demo ended:\n${child.lastLines.join('\n')}`);
              return lines.some((line) => line.startsWith('Ctrl-C stops everything'));
            },
            { seconds: 300 },
          );
          return true;
        },
      },
      say,
    );
  } finally {
    if (demo !== null) await stopProcess(demo, { seconds: 60 });
  }
}
