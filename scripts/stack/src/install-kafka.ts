// Kafka's jars, from Maven Central.
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Result } from 'execa';
import { java, javaEnv, mavenEnv } from './inherited-env.js';

const OLDEST_JAVA = 17;
const POM = fileURLToPath(new URL('../kafka-pom.xml', import.meta.url));
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export const KAFKA_JARS = fileURLToPath(new URL('../../../node_modules/.cache/kafka-4.3.0', import.meta.url));

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

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
export async function installKafka(log: (line: string) => void = () => {}): Promise<void> {
  if (await exists(KAFKA_JARS)) return;
  log('downloading Kafka from Maven Central, once ...');
  await mkdir(dirname(KAFKA_JARS), { recursive: true });
  // Maven copies into a temporary folder, which is then renamed. A crash leaves no incomplete
  // installation.
  const copy = await mkdtemp(join(dirname(KAFKA_JARS), 'kafka-'));
  try {
    const target = ['-DincludeScope=runtime', `-DoutputDirectory=${copy}`];
    const maven = ['-q', '-B', '-f', POM, COPY_DEPENDENCIES, ...target];
    await execa('mvn', maven, { env: mavenEnv(process.env) }).catch((cause) => {
      throw new Error(`Maven could not download Kafka: ${describeMavenError(cause)}`, { cause });
    });
    await rename(copy, KAFKA_JARS);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    // Another process may have installed it meanwhile.
    if (!(await exists(KAFKA_JARS))) throw error;
  }
}

type Failure = Pick<Result, 'stdout' | 'stderr' | 'shortMessage'>;

/** The first error that Maven printed, and the sources of its settings. */
function describeMavenError({ stdout, stderr, shortMessage = 'it failed' }: Failure): string {
  const [, text] = /(?:\[ERROR\] +|\bError: +|(?=\bError occurred ))(.+)/.exec(`${stdout}\n${stderr}`) ?? [];
  const reason = (text ?? shortMessage).slice(0, 300);
  return `${reason} (Maven reads ~/.m2/settings.xml, MAVEN_OPTS, MAVEN_ARGS and the -D options of JAVA_TOOL_OPTIONS)`;
}
