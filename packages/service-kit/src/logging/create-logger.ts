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
  /** Default: standard output. */
  readonly stream?: { write(line: string): unknown };
  /** Default: as the terminal, FORCE_COLOR and NO_COLOR say. */
  readonly colour?: boolean;
}

/**
 * Standard output, written synchronously, so that the last line before an exit is not lost. node makes a
 * pipe non-blocking as soon as somebody asks for `process.stdout` (Prisma does); a reader that is a moment
 * behind then costs the whole process a sleep of 100 ms or more, since pino's synchronous writer waits so
 * long on EAGAIN (1,100 results a second were sent instead of 5,000). Blocking, a write waits only as long as it must.
 */
function openStdout(): NonNullable<LoggerOptions['stream']> {
  const stdout: { _handle?: { setBlocking?(blocking: boolean): void } } & { readonly fd: number } =
    process.stdout;
  stdout._handle?.setBlocking?.(true);
  return pino.destination({ dest: stdout.fd, sync: true });
}

/**
 * A logger that writes one line an event, whatever the event contains, and never the value of a field
 * named like a secret, nor the password in a URL. Errors go into the field `err`.
 */
export function createLogger({ service, level, format, stream, colour }: LoggerOptions): Logger {
  const out = stream ?? openStdout();
  const formatters = { log: redactFields, bindings: redactFields };
  const options = {
    level,
    base: { service },
    serializers: { err: (error: unknown) => errorFields(error) },
  };
  if (format === 'json') {
    const timestamp = pino.stdTimeFunctions.isoTime;
    const json = {
      ...options,
      timestamp,
      formatters: { ...formatters, level: (label: string) => ({ level: label }) },
    };
    return redactChildren(pino(json, { write: (line) => out.write(redactUrls(printableJson(line))) }));
  }
  const pretty = {
    colour: colour ?? wantsColour(process.env, process.stdout.isTTY),
    stacks: level === 'debug' || level === 'trace',
  };
  const write = (line: string) => out.write(prettyLine(JSON.parse(redactUrls(line)) as LogEvent, pretty));
  return redactChildren(pino({ ...options, formatters }, { write }));
}

/** Pino does not pass the bindings of children, and of their children, to its formatter. */
function redactChildren(logger: Logger): Logger {
  const child = logger.child;
  logger.child = function redactedChild(this: Logger, bindings, options) {
    return child.call(this, redactFields(bindings), options);
  } as Logger['child'];
  return logger;
}
