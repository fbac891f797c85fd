// One run of the demo, from the first check until the last process has stopped.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { loadStock, SAMPLE_STOCK, type Stack, startStack } from '@lmt/stack';
import { serveControl } from '@lmt/stack/control';
import { listenForInterruption } from '@lmt/terminal';
import { checkSettings } from './check-settings.js';
import { chooseBroker } from './choose-broker.js';
import { choosePorts } from './choose-ports.js';
import { createDemoCommands } from './commands.js';
import { checkDataFolder, openDataFolder } from './data-folder.js';
import { formatWelcome } from './describe.js';
import { createPrinter } from './printer.js';
import { claimRun } from './run-record.js';

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
  checkSettings(process.env);
  await checkDataFolder(folder, { reset });
  const run = await claimRun(folder, log);
  const signal = listenForInterruption(log, run.release);
  let stack: Stack | null = null;
  let control: Awaited<ReturnType<typeof serveControl>> | undefined;

  function requireStack() {
    if (stack) return stack;
    throw new Error('the demo is still starting');
  }

  try {
    await openDataFolder(folder, { reset });
    signal.throwIfAborted();
    const broker = await chooseBroker(wantedBroker, log);
    const ports = await choosePorts(process.env, broker);
    control = await serveControl(createDemoCommands(broker, folder, requireStack, log));
    run.setControl(control);
    const openLog = (name: string) => createWriteStream(join(folder, `${name}.log`), { mode: 0o600 });
    const logFiles = new Map(['postgres', 'kafka'].map((name) => [name, openLog(name)]));
    stack = await startStack({
      folder,
      ports,
      broker,
      instances: { console: 1 },
      control,
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
    control?.close();
    run.release();
    if (signal.aborted) log('stopped');
  }
}
