// Kafka's jars, from Maven Central.
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { java, javaEnv, mavenEnv } from './inherited-env.js';
import { describeMavenError, exists, installJars } from './install-jars.js';

const OLDEST_JAVA = 17;
const POM = fileURLToPath(new URL('../kafka-pom.xml', import.meta.url));

export const KAFKA_JARS = fileURLToPath(new URL('../../../node_modules/.cache/kafka-4.3.0', import.meta.url));

/** Returns the reason why Kafka cannot run here, or null. */
export async function kafkaUnavailableReason(): Promise<string | null> {
  const { stderr, failed } = await execa(java(), ['-version'], {
    env: javaEnv(process.env),
    extendEnv: false,
    reject: false,
  });
  if (failed) return 'there is no java';
  // "1.8.0_392" is Java 8. Since Java 9 the first number is the version.
  const [, major = '0'] = /version "(?:1\.)?(\d+)/.exec(stderr) ?? [];
  if (Number(major) < OLDEST_JAVA) return `java is version ${major}, Kafka needs ${OLDEST_JAVA}`;
  if (await exists(KAFKA_JARS)) return null;
  const maven = await execa('mvn', ['-v'], { env: mavenEnv(process.env), reject: false });
  if (!maven.failed) return null;
  if (maven.code === 'ENOENT') return 'there is no mvn (Maven), which downloads Kafka';
  return `mvn (Maven), which downloads Kafka, does not run: ${describeMavenError(maven)}`;
}

/** Downloads the jars to node_modules/.cache, once. */
export const installKafka = (log?: (line: string) => void): Promise<void> =>
  installJars({ name: 'Kafka', pom: POM, folder: KAFKA_JARS }, log);
