import pino, { type Logger } from 'pino';
import { openStandardOutput } from './line-writer.js';
import { type LogEvent, prettyLine } from './pretty-line.js';
import { printable, redactUrls } from './safe-text.js';

export type { Logger };

export interface LoggerOptions {
  readonly service: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `json` writes one JSON object per line, `pretty` a line to read in a terminal. */
  readonly format: 'json' | 'pretty';
  /** Standard output by default. */
  readonly stream?: { write(line: string): unknown } | undefined;
  /** Called for each line that is dropped because standard output is full. */
  readonly onDrop?: () => void;
}

const SECRETS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'ADMIN_TOKEN',
  'ADMIN_TOKENS',
  'operators',
  'CALLBACK_SECRET',
  'KAFKA_SASL_PASSWORD',
  'SIGN_IN_TOKEN',
  'CONTROL_TOKEN',
  'ORDER_ADMIN_TOKEN',
  'INVENTORY_ADMIN_TOKEN',
];
// Wildcards are avoided, because with them a line costs 22 µs instead of 3.
const REDACTED_PATHS = SECRETS.flatMap((name) => [name, `headers.${name}`, `settings.${name}`]);

/**
 * Creates a logger that writes one line per event, whatever the event contains. Passwords in URLs
 * are redacted wherever they occur, secrets by the name of their field. Errors belong in the field
 * `err`.
 */
export function createLogger({ service, level, format, stream, onDrop }: LoggerOptions): Logger {
  const pretty = { colour: wantsColour(), stacks: level === 'debug' || level === 'trace' };
  const toLine = (json: string) =>
    format === 'pretty' ? prettyLine(JSON.parse(json) as LogEvent, pretty) : printable(json.trimEnd());
  const out: NonNullable<LoggerOptions['stream']> =
    stream ??
    openStandardOutput({
      onDrop,
      onResumed: (lines) => logger.warn({ lines }, 'log lines dropped: standard output was not read'),
    });
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => toErrorFields(error) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    { write: (json) => out.write(`${toLine(redactUrls(json))}\n`) },
  );
  return logger;
}

const MAX_CAUSES = 4;

/**
 * Keeps the fields that explain an error. Pino's serializer copies all of them, but pg-pool
 * attaches a whole client with its cancel key, and Postgres the rejected row.
 */
function toErrorFields(error: unknown, causes = MAX_CAUSES): unknown {
  if (!(error instanceof Error)) return error;
  const { message, stack, code, cause, errors }: ErrorDetails = error;
  return {
    type: error.constructor.name,
    // A failed connect to several addresses has no message of its own.
    message: message || errors?.[0]?.message,
    code,
    stack,
    cause: causes === 0 ? undefined : toErrorFields(cause, causes - 1),
  };
}

interface ErrorDetails extends Error {
  readonly code?: unknown;
  readonly errors?: readonly Error[] | null;
}

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over the terminal. */
function wantsColour(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== '0' && FORCE_COLOR !== 'false' : process.stdout.isTTY;
}
