import { printable } from '../logging/printable.js';
import { redactUrls } from '../logging/redaction.js';

/** Null while the process can do this part of its work; otherwise why it can't. */
export type ReadinessCheck = () => Promise<string | null> | string | null;

export type ReadinessChecks = Readonly<Record<string, ReadinessCheck>>;

export interface Readiness {
  readonly ready: boolean;
  /** `ok` or the reason, for each check. */
  readonly checks: Readonly<Record<string, string>>;
}

const LONGEST_REASON = 200;

/** Runs all checks at once. One that rejects, or takes longer than the deadline, counts as not ready. */
export async function checkReadiness(checks: ReadinessChecks, deadlineMs: number): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await reasonOf(check, deadlineMs)] as const),
  );
  return {
    ready: results.every(([, reason]) => reason === null),
    checks: Object.fromEntries(results.map(([name, reason]) => [name, reason ?? 'ok'])),
  };
}

async function reasonOf(check: ReadinessCheck, deadlineMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, `no answer within ${deadlineMs / 1000} s`);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return shown(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Anyone who reaches the port reads it. */
function shown(message: string): string {
  return printable(redactUrls(message).replace(/\s+/g, ' ').trim()).slice(0, LONGEST_REASON);
}
