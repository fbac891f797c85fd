import { FAIL_POINTS, type FailPoint, poll } from '@lmt/stack';
import { onTestFinished } from 'vitest';
import type { System } from './system.fixture.js';

type Service = keyof typeof FAIL_POINTS;

/** A process that fails at one of its fail-points. */
export interface FailingProcess {
  readonly name: string;
  /** Resolves when the process has reached the fail-point. */
  reached(): Promise<void>;
  /** Sends SIGKILL, inspects the remains, starts the process without a fail-point. */
  die(inspect?: () => Promise<void>): Promise<void>;
}

const findService = (point: FailPoint) =>
  (Object.keys(FAIL_POINTS) as Service[]).find((service) =>
    (FAIL_POINTS[service] as readonly string[]).includes(point),
  ) ?? '';

/**
 * Restarts the service of this fail-point so that it fails there. `stop` freezes the process with
 * SIGSTOP, so that a test can look at the state it leaves behind before it dies.
 */
export async function failAt(system: System, point: FailPoint, action = 'stop'): Promise<FailingProcess> {
  const { stack } = system;
  const name = findService(point);
  await stack.stop(name);
  const linesBefore = stack.lineCount(name);
  stack.setEnv(name, { FAIL_POINTS: `${point}=${action}` });
  await stack.start(name);
  // The process has read its environment: the next one starts without the fail-point.
  stack.setEnv(name, { FAIL_POINTS: undefined });
  let alive = true;
  onTestFinished(async () => {
    // A frozen process cannot stop. Stop any other: Kafka waits for the session of a killed member.
    if (alive) await (action.startsWith('stop') ? stack.kill(name) : stack.stop(name));
  });
  await stack.ready(name);
  return {
    name,
    async reached() {
      await poll(`${name} reaches ${point}`, () =>
        stack.lines(name, linesBefore).some((line) => line.includes('fail-point') && line.includes(point)),
      );
    },
    async die(inspect = async () => {}) {
      alive = false;
      await stack.kill(name);
      await inspect();
      await stack.start(name);
    },
  };
}
