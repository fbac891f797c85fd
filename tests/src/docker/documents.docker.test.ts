import { type Child, root, startProcess, stopProcess } from '@lmt/stack';
import { describe } from 'vitest';
import { type Subject, testDocuments } from '../walk/run-walk.js';
import { dockerUnavailable, openProject } from './open-project.js';

const FOLLOW_LOGS = ['compose', 'logs', '--follow', '--no-color', 'order', 'relay', 'inventory'];

describe.skipIf(dockerUnavailable !== null)('docker compose prints the documented output', async () => {
  const project = await openProject('documents');

  async function open(): Promise<Subject> {
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

    async function close() {
      for (const follower of followers) await stopProcess(follower, { seconds: 10 });
    }

    const adapt = (command: string) =>
      command
        .replaceAll('http://127.0.0.1:3000', project.orderUrl)
        .replaceAll('http://127.0.0.1:3001', project.inventoryUrl)
        .replaceAll('http://127.0.0.1:3003', project.consoleUrl)
        .replaceAll('local-message-table_', `${project.name}_`);

    return { start, close, lines: () => lines, adapt, env };
  }

  await testDocuments('compose', open);
});
