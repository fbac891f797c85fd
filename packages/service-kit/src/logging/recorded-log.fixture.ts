import { createLogger, type Logger } from './create-logger.js';

interface RecordedLog {
  readonly logger: Logger;
  readonly lines: readonly Record<string, unknown>[];
}

/** Creates a logger whose lines a test reads. */
export function recordLog(): RecordedLog {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  return { logger: createLogger({ service: 'test', level: 'debug', format: 'json', stream }), lines };
}
