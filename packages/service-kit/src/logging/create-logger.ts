import pino, { type Logger } from 'pino';
import { prettyLine } from './pretty-line.js';

export type { Logger };

export interface LoggerOptions {
  readonly service: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `json`: one JSON object a line. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty';
  /** Default: standard output, written synchronously so that the last line before an exit is not lost. */
  readonly stream?: { write(line: string): unknown };
}

/** A logger that writes one line an event, whatever the event contains. */
export function createLogger({ service, level, format, stream }: LoggerOptions): Logger {
  const out = stream ?? pino.destination({ fd: 1, sync: true });
  const options = { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === 'json') return pino(options, out);
  return pino(options, { write: (line: string) => out.write(prettyLine(JSON.parse(line), false)) });
}
