// One run of the demo, from the first check until the last process has stopped.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { loadStock, SAMPLE_STOCK, type Stack, startStack } from '@lmt/stack';
import { listenForInterruption } from '@lmt/terminal';
import { chooseBroker } from './choose-broker.js';
import { choosePorts } from './choose-ports.js';
import { type ControlCommand, listenForCommands } from './control.js';
import { checkDataFolder, openDataFolder } from './data-folder.js';
import { formatStatus, formatWelcome } from './describe.js';
import { createPrinter } from './printer.js';
import { claimRun } from './run-record.js';

const READY_SECONDS = 20;

/** Resolves when the demo has stopped on request. */
export async function runDemo({
  folder,
  broker: wantedBroker,
  reset,
}: {
  readonly folder: string;
  readonly broker: 'kafka' | 'direct' | undefined;
  readonly reset: boolean;
}): Promise<void> {
  const { print, write, log, coloured } = createPrinter(process.env);
  await checkDataFolder(folder, { reset });
  const run = await claimRun(folder, log);
  const signal = listenForInterruption(log, run.release);
  let stack: Stack | null = null;

  function requireStack() {
    if (stack) return stack;
    throw new Error('the demo is still starting');
  }
  const control = await listenForCommands(createCommands(requireStack, log));
  run.setControl(control);

  try {
    await openDataFolder(folder, { reset });
    signal.throwIfAborted();
    const broker = await chooseBroker(wantedBroker, log);
    const ports = await choosePorts(process.env, broker);
    const openLog = (name: string) => createWriteStream(join(folder, `${name}.log`), { mode: 0o600 });
    const logFiles = new Map(['postgres', 'kafka'].map((name) => [name, openLog(name)]));
    stack = await startStack({
      folder,
      ports,
      broker,
      env: {
        LOG_FORMAT: process.env.LOG_FORMAT ?? 'pretty',
        KAFKA_TOPIC_PREFIX: process.env.KAFKA_TOPIC_PREFIX,
        KAFKA_GROUP_ID: process.env.KAFKA_GROUP_ID,
        ...(coloured ? { FORCE_COLOR: '1' } : {}),
      },
      log,
      onLine(name, line) {
        const file = logFiles.get(name);
        if (file) file.write(`${line}\n`);
        else print(name, line);
      },
      onChange(pids) {
        run.setProcesses(pids);
        if (stack) run.publish(stack);
      },
      signal,
    });
    const loaded = await loadStock(stack, SAMPLE_STOCK, { reason: 'sample stock', onlyUnknown: true });
    if (loaded.length > 0) log(`sample stock loaded: ${loaded.join(', ')}`);
    run.publish(stack);
    write(formatWelcome(stack));
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    // An interrupted start is not an error.
    if (!signal.aborted) throw error;
  } finally {
    await stack?.stop();
    control.close();
    run.release();
    if (signal.aborted) log('stopped');
  }
}

/** Creates the commands that other terminals can send to the running demo. */
function createCommands(
  requireStack: () => Stack,
  log: (line: string) => void,
): Record<string, ControlCommand> {
  return {
    status: async () => formatStatus(await requireStack().status()),
    async kill(name) {
      await requireStack().kill(name);
      log(`${name} was killed on request and stays down until: npm run demo -- start ${name}`);
      return `${name} was killed. It stays down until: npm run demo -- start ${name}`;
    },
    async start(name) {
      const stack = requireStack();
      // Compares pids after the start, because a process that is being killed still has one.
      const pid = stack.pids[name];
      await stack.start(name);
      if (pid !== undefined && stack.pids[name] === pid) return `${name} already runs`;
      log(`${name} was started on request`);
      return stack.ready(name, { seconds: READY_SECONDS }).then(
        () => `${name} runs`,
        () => `${name} was started but is not ready yet: see its lines in the demo's terminal`,
      );
    },
  };
}
