// The demo as a subject of the walk.
import { createDemoProcess, DOCUMENTED_PORTS } from '../demo-process.js';
import type { Subject } from './run-walk.js';

export async function openDemo(): Promise<Subject> {
  const demo = await createDemoProcess();

  return {
    env: demo.env,
    lines: demo.lines,
    close: demo.close,
    async start(command) {
      if (command !== 'npm run demo') return false;
      await demo.start();
      return true;
    },
    adapt(command) {
      let adapted = command;
      for (const [variable, documented] of Object.entries(DOCUMENTED_PORTS)) {
        adapted = adapted.replaceAll(`127.0.0.1:${documented}`, `127.0.0.1:${demo.ports[variable]}`);
      }
      return adapted;
    },
  };
}
