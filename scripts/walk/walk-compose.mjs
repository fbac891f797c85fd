// docker compose as the subject of a walk: a project of its own, on ports of its own.
import { startProcess, stopProcess } from '../stack/child-process.mjs';
import { root } from '../toolchain.mjs';
import { runWalk } from './run-walk.mjs';

const start = 'docker compose up --build --wait';

/**
 * @param {string} readme
 * @param {{ project: import('../compose/project.mjs').Project, say: (line: string) => void }} options
 * @returns {Promise<number>} how many steps were taken
 */
export async function walkCompose(readme, { project, say }) {
  /** @type {string[]} */
  const lines = [];
  /** @type {import('../stack/child-process.mjs').Child | null} */
  let follower = null;
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
