// The first one-shot: creates the secrets at the first start and gives Postgres its password.
import { join } from 'node:path';
import { secretsOf } from '@lmt/stack';
import { SECRETS_FOLDER, writeSecretFile } from './secret-file.js';

const { postgres } = await secretsOf(join(SECRETS_FOLDER, 'all'));
await writeSecretFile('postgres', 'password', postgres);
console.log('secrets are ready');
