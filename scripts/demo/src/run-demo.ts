// One run of the demo, from the first check to the last process stopped.

import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@lmt/stack';
import { withoutEchoes } from '@lmt/terminal';
import { listenForCommands } from './control.js';
import { checkDataFolder, openDataFolder } from './data-folder.js';
import { createPrinter } from './printer.js';
import { claimRun, replaceJson } from './run-record.js';

const readySeconds = 20;

/** Resolves when the demo was asked to stop and has stopped. */
export async function runDemo({
  folder,
  broker: wantedBroker,
  reset,
}: {
  folder: string;
  broker: 'kafka' | 'direct' | undefined;
  reset: boolean;
}) {
  const { print, say, coloured } = createPrinter(process.stdout, process.env);
  await checkDataFolder(folder, { reset });
  const run = await claimRun(folder, say);
  const stopped = new AbortController();
  let stack: Stack | null = null;
  const demoFile = join(folder, 'demo.json');
  // Of an earlier demo that was killed.
  rmSync(demoFile, { force: true });

  const forget = () => {
    rmSync(demoFile, { force: true });
    run.release();
  };

  const stop = withoutEchoes(() => {
    if (!stopped.signal.aborted) {
      say('stopping in order; Ctrl-C again kills');
      stopped.abort(new Error('stopped before everything was up'));
      return;
    }
    say('killed');
    // What was killed with it is ended by the exit handler of child-process.mjs.
    forget();
    process.exit(130);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

  const running = () => {
    if (stack) return stack;
    throw new Error('the demo is still starting');
  };
  const control = await listenForCommands({
    status: async () => {
      const { statusTable } = await import('./describe.js');
      return statusTable(await running().status());
    },
    kill: async (name) => {
      await running().kill(name);
      say(`${name} was killed on request and stays down until: npm run demo -- start ${name}`);
      return `${name} was killed. It stays down until: npm run demo -- start ${name}`;
    },
    start: async (name) => {
      // Asked afterwards: a process that is being killed still has a pid.
      const pid = running().pids[name];
      await running().start(name);
      if (pid !== undefined && running().pids[name] === pid) return `${name} already runs`;
      say(`${name} was started on request`);
      return running()
        .ready(name, { seconds: readySeconds })
        .then(
          () => `${name} runs`,
          () => `${name} was started, but is not ready yet: see its lines in the demo's terminal`,
        );
    },
    stop: async () => {
      stop();
      return '';
    },
  });
  run.control(control);

  try {
    await openDataFolder(folder, { reset });
    // Only now: what these import is installed by prepare().
    const [{ chooseBroker }, { choosePorts }, { startStack }, { loadSampleStock, stockOf }, { welcome }] =
      await Promise.all([
        import('./choose-broker.js'),
        import('./choose-ports.js'),
        import('@lmt/stack'),
        import('./sample-stock.js'),
        import('./describe.js'),
      ]);
    stopped.signal.throwIfAborted();
    const broker = await chooseBroker(wantedBroker, say);
    const ports = await choosePorts(process.env, broker);
    const datastoreLogs = new Map(
      ['postgres', 'kafka'].map((name) => [
        name,
        createWriteStream(join(folder, `${name}.log`), { mode: 0o600 }),
      ]),
    );

    const publish = () => {
      if (!stack) return;
      const { urls, databases, adminToken, pids } = stack;
      replaceJson(demoFile, { urls, databases, broker: stack.broker, adminToken, pids });
    };
    stack = await startStack({
      folder,
      ports,
      broker,
      env: { LOG_FORMAT: process.env.LOG_FORMAT ?? 'pretty', ...(coloured ? { FORCE_COLOR: '1' } : {}) },
      log: say,
      onLine: (name, line) => {
        const file = datastoreLogs.get(name);
        if (file) file.write(`${line}\n`);
        else print(name, line);
      },
      onChange: (pids) => {
        run.processes(pids);
        publish();
      },
      signal: stopped.signal,
    });
    const loaded = await loadSampleStock(stockOf(stack));
    if (loaded.length > 0) say(`sample stock loaded: ${loaded.join(', ')}`);
    publish();
    // Bare, so that it can be copied.
    process.stdout.write(welcome(stack));
    if (!stopped.signal.aborted) {
      await once(stopped.signal, 'abort');
    }
  } catch (error) {
    // Being stopped while starting is no failure.
    if (!stopped.signal.aborted) throw error;
  } finally {
    await stack?.stop();
    control.close();
    forget();
    if (stopped.signal.aborted) say('stopped');
  }
}
