// The first one-shot. It creates the secrets at the first start and gives Postgres its password.
import { join } from 'node:path';
import { ensureSecrets } from '@lmt/stack';
import { SECRETS_FOLDER, writeSecretFile } from './secret-file.js';

const { postgres } = await ensureSecrets(join(SECRETS_FOLDER, 'all'));
await writeSecretFile('postgres', 'password', postgres);
console.log('secrets are ready');
