// docker compose as the subject of a walk: a project of its own, on ports of its own.

import type { Child } from '@lmt/stack';
import { root, startProcess, stopProcess } from '@lmt/stack';
import { runWalk } from '@lmt/walk';
import type { Project } from './project.js';

const start = 'docker compose up --build --wait';

/** @returns how many steps were taken */
export async function walkCompose(
  readme: string,
  { project, say }: { project: Project; say: (line: string) => void },
): Promise<number> {
  const lines: string[] = [];
  let follower: Child | null = null;
  const env = { ...project.env, COMPOSE_PROJECT_NAME: project.name };
  try {
    return await runWalk(
      readme,
      {
        path: 'compose',
        env,
        lines: () => lines,
        adapt: (command) =>
          command
            .replaceAll('http://127.0.0.1:3000', project.orderUrl)
            .replaceAll('http://127.0.0.1:3001', project.inventoryUrl)
            .replaceAll('local-message-table_', `${project.name}_`),
        async start(command) {
          if (command !== start) return false;
          await project.compose(['up', '--build', '--wait']);
          follower = await startProcess(
            'docker',
            ['compose', 'logs', '--follow', '--no-color', 'order', 'relay', 'inventory'],
            { env: { ...process.env, ...env }, cwd: root, onLine: (line) => lines.push(line) },
          );
          return true;
        },
      },
      say,
    );
  } finally {
    if (follower !== null) await stopProcess(follower, { seconds: 10 });
  }
}
