import pino, { type Logger } from 'pino';
import { wantsColour } from './colour.js';
import { errorFields } from './error-fields.js';
import { type LogEvent, prettyLine } from './pretty-line.js';
import { printableJson } from './printable.js';
import { redactFields, redactUrls } from './redaction.js';

export type { Logger };

export interface LoggerOptions {
  readonly service: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `json`: one JSON object a line. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty';
  /** Default: standard output, written synchronously so that the last line before an exit is not lost. */
  readonly stream?: { write(line: string): unknown };
  /** Default: as the terminal, FORCE_COLOR and NO_COLOR say. */
  readonly colour?: boolean;
}

/**
 * A logger that writes one line an event, whatever the event contains, and never the value of a field
 * named like a secret, nor the password in a URL. Errors go into the field `err`.
 */
export function createLogger({ service, level, format, stream, colour }: LoggerOptions): Logger {
  const out = stream ?? pino.destination({ fd: process.stdout.fd, sync: true });
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.epochTime,
    serializers: { err: (error: unknown) => errorFields(error) },
    formatters: { log: redactFields, bindings: redactFields },
  };
  if (format === 'json') {
    const timestamp = pino.stdTimeFunctions.isoTime;
    const levelName = { level: (label: string) => ({ level: label }) };
    return pino(
      { ...options, timestamp, formatters: { ...options.formatters, ...levelName } },
      { write: (line: string) => out.write(redactUrls(printableJson(line))) },
    );
  }
  const pretty = {
    colour: colour ?? wantsColour(process.env, process.stdout.isTTY),
    stacks: level === 'debug' || level === 'trace',
  };
  return pino(options, {
    write: (line: string) => out.write(prettyLine(JSON.parse(redactUrls(line)) as LogEvent, pretty)),
  });
}
