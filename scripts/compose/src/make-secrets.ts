// The first container to run: makes the secrets at the first start, and gives Postgres its password.
import { join } from 'node:path';
import { secretsOf } from '@lmt/stack';
import { secretsFolder, writeSecretFile } from './secret-file.js';

const { postgres } = await secretsOf(join(secretsFolder, 'all'));
await writeSecretFile('postgres', 'password', postgres);
console.log('the secrets are there');
