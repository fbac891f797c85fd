import { FAIL_POINTS, type FailPoint } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { onTestFinished } from 'vitest';
import type { System } from './system.fixture.js';

type Service = keyof typeof FAIL_POINTS;
type Point = FailPoint<Service>;

/** A process that will fail at one of its points. */
export interface Failing {
  readonly name: string;
  /** Resolves when it has come there. */
  reached(): Promise<void>;
  /** SIGKILL where it stands, then a new one without fail-points. */
  dies(inspect?: () => Promise<void>): Promise<void>;
}

/** As a failing process writes it, whatever the format of the log. */
const lineOf = (point: string) => new RegExp(`fail-point\\b.*${point}|${point}.*fail-point\\b`);

/**
 * Restarts the process of this point so that it fails there: `stop` freezes it, so that what it has
 * and has not done can be looked at before it is killed. When the test ends it is restarted without.
 */
export async function failAt(system: System, point: Point, action = 'stop'): Promise<Failing> {
  const { stack } = system;
  const services = Object.keys(FAIL_POINTS) as Service[];
  const name = services.find((service) => (FAIL_POINTS[service] as readonly string[]).includes(point)) ?? '';
  await stack.stop(name);
  const before = stack.lineCount(name);
  stack.setEnv(name, { NODE_ENV: 'test', FAIL_POINTS: `${point}=${action}` });
  await stack.start(name);
  // Read at its launch: one that is started later fails no more.
  stack.setEnv(name, { FAIL_POINTS: undefined });
  onTestFinished(() => stack.kill(name));
  await stack.ready(name);
  return {
    name,
    async reached() {
      await poll(`${name} comes to ${point}`, () =>
        stack.lines(name, before).some((line) => lineOf(point).test(line)),
      );
    },
    async dies(inspect = async () => {}) {
      await stack.kill(name);
      await inspect();
      await stack.start(name);
    },
  };
}
