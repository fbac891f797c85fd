import { FAIL_POINTS, type FailPoint, poll } from '@lmt/stack';
import { onTestFinished } from 'vitest';
import type { System } from './system.fixture.js';

type Service = keyof typeof FAIL_POINTS;

/** A process that fails at one of its fail-points. */
export interface FailingProcess {
  readonly name: string;
  /** Resolves when the process has reached the fail-point. */
  reached(): Promise<void>;
  /** Sends SIGKILL, calls `inspect`, and starts the process without a fail-point. */
  die(inspect?: () => Promise<void>): Promise<void>;
}

const findService = (point: FailPoint) =>
  (Object.keys(FAIL_POINTS) as Service[]).find((service) =>
    (FAIL_POINTS[service] as readonly string[]).includes(point),
  ) ?? '';

/**
 * Restarts the service of this fail-point so that it fails there. `stop` freezes the process with
 * SIGSTOP, so that a test can inspect the stored state before it kills the process.
 */
export async function failAt(system: System, point: FailPoint, action = 'stop'): Promise<FailingProcess> {
  const { stack } = system;
  const name = findService(point);
  await stack.stop(name);
  const linesBefore = stack.lineCount(name);
  stack.setEnv(name, { FAIL_POINTS: `${point}=${action}` });
  await stack.start(name);
  // The running process has already read its environment. Its next start has no fail-point.
  stack.setEnv(name, { FAIL_POINTS: undefined });
  let alive = true;
  onTestFinished(async () => {
    // A frozen process cannot stop. Kafka would wait for the session of any other killed member.
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
