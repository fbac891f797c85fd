// What a container is given of the secrets: one file in a volume that nobody else mounts.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Each folder is a volume; see docker-compose.yml. */
export const secretsFolder = '/secrets';

/** Replaces the file at once: a container that starts meanwhile reads the old or the new one, whole. */
export async function writeSecretFile(volume: string, name: string, content: string) {
  const file = join(secretsFolder, volume, name);
  // Read-only: one that a killed run has left can't be written over.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, content, { mode: 0o400 });
  await rename(`${file}.new`, file);
}

/** As `node --env-file` reads it. The values are URLs and base64url, which need no quotes. */
export function envFile(settings: Record<string, string>) {
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[\w:/@.?&=%+-]+$/.test(value)) throw new Error(`${name} can't be written without quotes`);
      return `${name}=${value}\n`;
    })
    .join('');
}
