import type { Server } from 'node:http';
import { StartError } from '../lifecycle/start-error.js';

export interface Address {
  readonly host: string;
  /** 0: the system chooses one. */
  readonly port: number;
  /** Names of the settings that host and port came from, for messages. Default HOST and PORT. */
  readonly settings?: { readonly host: string; readonly port: string };
}

/**
 * Resolves when the server listens there.
 * @throws StartError that names the setting and the way out
 */
export function bindAddress(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(bindError(error, address));
    server.once('error', refuse);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

function bindError(cause: NodeJS.ErrnoException, { host, port, settings }: Address): StartError {
  const names = settings ?? { host: 'HOST', port: 'PORT' };
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is taken: stop what listens there, or set ${names.port} to a free port`,
    EACCES: `port ${port} may not be used by this user: set ${names.port} to one above 1023`,
  };
  const other = `can't listen on ${host}:${port} (${cause.code}): check ${names.host}`;
  return new StartError(reasons[cause.code ?? ''] ?? other, { cause });
}
