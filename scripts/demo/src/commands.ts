// The commands that the console and other terminals can send to the running demo.
import type { Stack } from '@lmt/stack';
import { type ControlChannel, type ControlCommand, readText } from '@lmt/stack/control';
import { createProduceCommand, createVerifyCommand } from '@lmt/stack/tool-commands';

const READY_SECONDS = 20;

/** The answer to GET / of the demo's control channel. */
export interface DemoState {
  readonly kind: 'demo';
  readonly broker: 'kafka' | 'direct';
  readonly commands: readonly string[];
  readonly processes: Awaited<ReturnType<Stack['status']>>;
}

/**
 * @param requireStack throws while the demo starts
 * @param log logs to the demo's terminal, so that its reader learns of a command
 */
export function createDemoCommands(
  broker: DemoState['broker'],
  folder: string,
  requireStack: () => Stack,
  log: (line: string) => void,
): Pick<ControlChannel, 'describe' | 'commands'> {
  function report(text: string) {
    log(text);
    return { text };
  }

  const processCommands: Record<string, ControlCommand> = {
    async kill(body) {
      const name = readText(body, 'name');
      await requireStack().kill(name);
      return report(`${name} was killed. It stays down until: npm run demo -- start ${name}`);
    },
    async start(body) {
      const name = readText(body, 'name');
      const stack = requireStack();
      // Compares pids after the start, because a process that is being killed still has one.
      const pid = stack.pids[name];
      await stack.start(name);
      if (pid !== undefined && stack.pids[name] === pid) return { text: `${name} already runs` };
      log(`${name} was started on request`);
      return stack.ready(name, { seconds: READY_SECONDS }).then(
        () => ({ text: `${name} runs` }),
        () => ({ text: `${name} was started but is not ready yet: see its lines in the demo's terminal` }),
      );
    },
    async pause(body) {
      const name = readText(body, 'name');
      if (!(await requireStack().pause(name))) throw new Error(`${name} is not up`);
      return report(`${name} is paused. It does nothing until: npm run demo -- resume ${name}`);
    },
    async resume(body) {
      const name = readText(body, 'name');
      if (!(await requireStack().resume(name))) throw new Error(`${name} is not paused`);
      return report(`${name} was resumed`);
    },
    verify: createVerifyCommand({ DEMO_DATA: folder }),
  };
  const kafkaCommands: Record<string, ControlCommand> = {
    async 'wipe-kafka'() {
      await requireStack().wipeKafka();
      return report(
        'Kafka was killed and its data is deleted. It stays down until: npm run demo -- start kafka',
      );
    },
    produce: createProduceCommand({ DEMO_DATA: folder }),
  };
  const commands = broker === 'kafka' ? { ...processCommands, ...kafkaCommands } : processCommands;

  return {
    async describe(): Promise<DemoState> {
      const processes = await requireStack().status();
      return { kind: 'demo', broker, commands: Object.keys(commands), processes };
    },
    commands,
  };
}
