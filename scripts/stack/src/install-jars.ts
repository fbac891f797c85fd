// Jars from Maven Central.
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa, type Result } from 'execa';
import { mavenEnv } from './inherited-env.js';

const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export interface Jars {
  readonly name: string;
  /** The project whose dependencies they are. */
  readonly pom: string;
  /** Exists once the jars are complete. */
  readonly folder: string;
}

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Downloads the jars, once. */
export async function installJars(
  { name, pom, folder }: Jars,
  log: (line: string) => void = () => {},
): Promise<void> {
  if (await exists(folder)) return;
  log(`downloading ${name} from Maven Central, once ...`);
  await mkdir(dirname(folder), { recursive: true });
  // Maven copies into a temporary folder, which is then renamed. A crash leaves no incomplete
  // installation.
  const copy = await mkdtemp(`${folder}-`);
  try {
    const target = ['-DincludeScope=runtime', `-DoutputDirectory=${copy}`];
    const maven = ['-q', '-B', '-f', pom, COPY_DEPENDENCIES, ...target];
    await execa('mvn', maven, { env: mavenEnv(process.env) }).catch((cause) => {
      throw new Error(`Maven could not download ${name}: ${describeMavenError(cause)}`, { cause });
    });
    await rename(copy, folder);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    // Another process may have installed it meanwhile.
    if (!(await exists(folder))) throw error;
  }
}

type Failure = Pick<Result, 'stdout' | 'stderr' | 'shortMessage'>;

/** The first error that Maven printed, and the sources of its settings. */
export function describeMavenError({ stdout, stderr, shortMessage = 'it failed' }: Failure): string {
  const [, text] = /(?:\[ERROR\] +|\bError: +|(?=\bError occurred ))(.+)/.exec(`${stdout}\n${stderr}`) ?? [];
  const reason = (text ?? shortMessage).slice(0, 300);
  return `${reason} (Maven reads ~/.m2/settings.xml, MAVEN_OPTS, MAVEN_ARGS and the -D options of JAVA_TOOL_OPTIONS)`;
}
