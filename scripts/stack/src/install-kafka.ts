// Kafka's jars, from Maven Central.
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const OLDEST_JAVA = 17;
const POM = fileURLToPath(new URL('../kafka-pom.xml', import.meta.url));
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export const KAFKA_JARS = fileURLToPath(new URL('../../../node_modules/.cache/kafka-4.3.0', import.meta.url));

export const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Returns why Kafka cannot run here, or null. */
export async function kafkaUnavailableReason(): Promise<string | null> {
  const { stderr, failed } = await execa(java(), ['-version'], { reject: false });
  if (failed) return 'there is no java';
  // "1.8.0_392" is Java 8. Since Java 9 the first number is the version.
  const [, major = '0'] = /version "(?:1\.)?(\d+)/.exec(stderr) ?? [];
  if (Number(major) < OLDEST_JAVA) return `java is version ${major}, Kafka needs ${OLDEST_JAVA}`;
  if (await exists(KAFKA_JARS)) return null;
  const maven = await execa('mvn', ['-v'], { reject: false });
  return maven.failed ? 'there is no mvn (Maven), which downloads Kafka' : null;
}

/** Downloads the jars to node_modules/.cache, once. */
export async function installKafka(log: (line: string) => void = () => {}): Promise<void> {
  if (await exists(KAFKA_JARS)) return;
  log('downloading Kafka from Maven Central, once ...');
  await mkdir(dirname(KAFKA_JARS), { recursive: true });
  // Maven copies into a temporary folder, which is then renamed. A crash leaves no incomplete
  // installation.
  const copy = await mkdtemp(join(dirname(KAFKA_JARS), 'kafka-'));
  try {
    const target = ['-DincludeScope=runtime', `-DoutputDirectory=${copy}`];
    await execa('mvn', ['-q', '-B', '-f', POM, COPY_DEPENDENCIES, ...target]).catch((cause) => {
      throw new Error(`Maven could not download Kafka: ${cause.message}`, { cause });
    });
    await rename(copy, KAFKA_JARS);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    // Another process may have installed it meanwhile.
    if (!(await exists(KAFKA_JARS))) throw error;
  }
}
