// The first container to run: makes the secrets at the first start, and gives Postgres its password.
import { join } from 'node:path';
import { secretsOf } from '../stack/secrets.mjs';
import { secretsFolder, writeSecretFile } from './secret-file.mjs';

const { postgres } = await secretsOf(join(secretsFolder, 'all'));
await writeSecretFile('postgres', 'password', postgres);
console.log('the secrets are there');
