// Walks through the documents on a compose project.
import { type Child, root, startProcess, stopProcess } from '@lmt/stack';
import { runWalk } from '@lmt/walk';
import type { Project } from './project.js';

const FOLLOW_LOGS = ['compose', 'logs', '--follow', '--no-color', 'order', 'relay', 'inventory'];

/** Returns the number of steps. */
export async function walkCompose(project: Project, log: (line: string) => void): Promise<number> {
  const { env } = project;
  const lines: string[] = [];
  const followers: Child[] = [];

  async function start(command: string) {
    if (command !== 'docker compose up --build --wait') return false;
    await project.compose(['up', '--build', '--wait']);
    const onLine = (line: string) => lines.push(line);
    followers.push(
      await startProcess('docker', FOLLOW_LOGS, { env: { ...process.env, ...env }, cwd: root, onLine }),
    );
    return true;
  }

  const adapt = (command: string) =>
    command
      .replaceAll('http://127.0.0.1:3000', project.orderUrl)
      .replaceAll('http://127.0.0.1:3001', project.inventoryUrl)
      .replaceAll('local-message-table_', `${project.name}_`);

  try {
    return await runWalk({ path: 'compose', env, lines: () => lines, adapt, start }, log);
  } finally {
    for (const follower of followers) await stopProcess(follower, { seconds: 10 });
  }
}
