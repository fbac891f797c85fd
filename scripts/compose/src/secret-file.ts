// Writes a container's secrets to a volume that only this container and the one-shots mount.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Each subfolder is a volume of docker-compose.yml. */
export const SECRETS_FOLDER = '/secrets';

/** Replaces the file atomically. A container that starts meanwhile reads the old or new file. */
export async function writeSecretFile(volume: string, name: string, content: string): Promise<void> {
  const file = join(SECRETS_FOLDER, volume, name);
  // A killed run may have left this file, which is read-only.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, content, { mode: 0o400 });
  await rename(`${file}.new`, file);
}

/** Formats settings for `node --env-file`. URLs and lists of base64url need no quotes. */
export function formatEnvFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[\w:/@.,?&=%+-]+$/.test(value)) throw new Error(`${name} cannot be written without quotes`);
      return `${name}=${value}\n`;
    })
    .join('');
}
