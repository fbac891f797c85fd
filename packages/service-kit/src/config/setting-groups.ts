import { choice, port, text } from './setting.js';

/** How the process writes its log. */
export const logSettings = {
  LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'info'),
  LOG_FORMAT: choice(['json', 'pretty'], 'json'),
};

/** Where the process listens for its clients. */
export function publicHttpSettings(defaultPort: number) {
  return { HOST: text('127.0.0.1'), PORT: port(defaultPort) };
}

/** Where the process listens for operators, probes and its peers. */
export function internalHttpSettings(defaultPort: number) {
  return { INTERNAL_HOST: text('127.0.0.1'), INTERNAL_PORT: port(defaultPort) };
}
