// vitest globalSetup of the integration tests: one real Postgres and, where Java is installed, one
// real Kafka.
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka, createPostgres, freePorts, kafkaUnavailableReason } from '@lmt/stack';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { type SecuredKafka, secureKafka } from './secured-kafka.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL. Each test file creates its own databases. */
    adminUrl: string;
    /** host:port, or null where Kafka cannot run. */
    kafkaBootstrap: string | null;
    /** The listeners of the same Kafka with TLS and SASL. */
    securedKafka: SecuredKafka | null;
  }
}

export default async function startDatastores(project: TestProject) {
  const kafkaUnavailable = await kafkaUnavailableReason();
  if (kafkaUnavailable && process.env.CI === 'true')
    throw new Error(`the tests need Kafka, but ${kafkaUnavailable}`);
  const folder = await mkdtemp(join(tmpdir(), 'lmt-test-'));
  // An interrupted vitest skips the teardown below.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  // Postgres may run as another user, which must be able to enter the folder.
  await chmod(folder, 0o755);
  const [port = 0, kafkaPort = 0, controllerPort = 0, saslPort = 0, tlsPort = 0] = await freePorts(5);
  const postgres = await createPostgres({
    folder: join(folder, 'postgres'),
    port,
    password: 'test',
    settings: { fsync: 'off' },
  });
  const { security, secured } = await secureKafka(join(folder, 'certificates'), [saslPort, tlsPort]);
  const kafka = kafkaUnavailable
    ? null
    : createKafka({ folder: join(folder, 'kafka'), port: kafkaPort, controllerPort, security });
  await Promise.all([postgres.start(), kafka?.start()]);
  project.provide('adminUrl', postgres.adminUrl);
  project.provide('kafkaBootstrap', kafka?.bootstrap ?? null);
  project.provide('securedKafka', kafka && secured);
  return async () => {
    await Promise.all([postgres.stop(), kafka?.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
}
