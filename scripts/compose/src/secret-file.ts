// Writes the secrets of one container into a volume that only it and the one-shots mount.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Each of its folders is a volume of docker-compose.yml. */
export const SECRETS_FOLDER = '/secrets';

/** Replaces the file atomically: a container that starts meanwhile reads all of the old or the new one. */
export async function writeSecretFile(volume: string, name: string, content: string): Promise<void> {
  const file = join(SECRETS_FOLDER, volume, name);
  // A run that was killed may have left this file, which is read-only.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, content, { mode: 0o400 });
  await rename(`${file}.new`, file);
}

/** The format of `node --env-file`. URLs and base64url need no quotes. */
export function formatEnvFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[\w:/@.?&=%+-]+$/.test(value)) throw new Error(`${name} cannot be written without quotes`);
      return `${name}=${value}\n`;
    })
    .join('');
}
