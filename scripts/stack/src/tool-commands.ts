// Control commands that run one of the tools as a child process. A tool loads database and Kafka
// clients and compares tables, which neither the demo nor an idle verifier should pay for.
import { join } from 'node:path';
import { execa } from 'execa';
import { type ControlCommand, readOptionalText, readText } from './control.js';
import { type Env, root } from './services.js';

const VERIFY_COULD_NOT_RUN = 2;

async function runTool(entry: string, args: readonly string[], env: Env) {
  const program = join(root, 'scripts', entry);
  return execa(process.execPath, [program, ...args], { env, extendEnv: false, reject: false });
}

/**
 * Runs `npm run verify -- --json`. Its answer is the report. Requests that arrive while it runs
 * share its answer.
 *
 * @param env names the system to check
 */
export function createVerifyCommand(env: Env): ControlCommand {
  let running: Promise<{ readonly text: string }> | null = null;

  async function verify() {
    const { exitCode, stdout, stderr } = await runTool('verify/dist/main.js', ['--json'], env);
    if (exitCode === undefined || exitCode >= VERIFY_COULD_NOT_RUN) {
      throw new Error(`verify could not run: ${stderr.trim() || 'it was killed'}`);
    }
    return JSON.parse(stdout);
  }

  return () => {
    running ??= verify().finally(() => {
      running = null;
    });
    return running;
  };
}

/** Runs `npm run produce`: sends one record, valid or not. */
export function createProduceCommand(env: Env): ControlCommand {
  return async (body) => {
    const args = [`--body=${readText(body, 'body')}`];
    for (const option of ['key', 'id', 'type']) {
      const value = readOptionalText(body, option);
      if (value !== undefined) args.push(`--${option}=${value}`);
    }
    const { exitCode, stdout, stderr } = await runTool('messages/dist/produce.js', args, env);
    if (exitCode !== 0) throw new Error(stderr.trim() || 'produce was killed');
    return { text: stdout };
  };
}
