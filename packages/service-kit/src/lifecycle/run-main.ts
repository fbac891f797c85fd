import { ConfigError } from '../config/parse-config.js';
import { StartError } from '../http/listen.js';
import { printable, redactUrls } from '../logging/safe-text.js';

/** The parts of `process` that a failing start touches. */
export interface StartHooks {
  readonly stderr: { write(text: string): unknown };
  exit(code: number): void;
}

/** sysexits.h, EX_CONFIG: restarting won't help. */
const CONFIG_EXIT_CODE = 78;

/**
 * Starts a process. When the start fails, says why on standard error and exits:
 * 78 for settings that are wrong, 1 for anything else.
 */
export async function main(
  service: string,
  start: () => Promise<void>,
  hooks: StartHooks = process,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    const code = error instanceof ConfigError ? CONFIG_EXIT_CODE : 1;
    hooks.stderr.write(`${service} did not start: ${printableLines(redactUrls(describe(error)))}\n`);
    hooks.exit(code);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = error instanceof ConfigError || error instanceof StartError;
  return known ? error.message : (error.stack ?? error.message);
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
