// Selects the variables of the caller's shell that reach the processes of a stack. Other variables
// are removed, because dozens of them change the behaviour of Node, the JVM and libpq
// (NODE_OPTIONS, JAVA_TOOL_OPTIONS, CLASSPATH, PG*, LC_* ...).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from './services.js';

// The settings of docs/settings.md and of the log format. A stack's own Kafka has neither TLS nor
// SASL.
const FOR_SERVICES =
  /^(?:LOG|ORDER_EXPIRES|OTEL|RELAY|PUBLISH|RESULT|RETRY|RETENTION|KAFKA(?!_(?:SECURITY|SSL|SASL)_))_|^(?:TZ|NO_COLOR|FORCE_COLOR)$/;

const pick = (env: Env, names: RegExp): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));

export const serviceEnv = (env: Env): Env => pick(env, FOR_SERVICES);

// The `java` on PATH may be a script of a version manager, which looks below the home folder.
const FOR_JAVA = /^(?:PATH|HOME|(?:ASDF|JENV|MISE|XDG)_.+)$/;

/** The JVM decodes file names by the locale. In the locale C it finds only ASCII names. */
export const javaEnv = (env: Env): Env => ({ ...pick(env, FOR_JAVA), LC_ALL: 'C.UTF-8' });

/** Fixed, because initdb stores the time zone and the locale in the cluster. */
export const postgresEnv = (env: Env): Env => ({ PATH: env.PATH, LC_ALL: 'C', TZ: 'UTC' });

/**
 * Removes libpq's variables (PGOPTIONS, PGSSLMODE ...), because pg uses them for all parameters
 * that a URL does not set. A process that starts Postgres connects with its own URLs.
 */
export function removePostgresVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]+$/.test(name)) delete env[name];
}

/** The java of JAVA_HOME, or the java on PATH if JAVA_HOME names a folder without java. */
export function java(env: Env = process.env): string {
  const path = env.JAVA_HOME && join(env.JAVA_HOME, 'bin', 'java');
  return path && existsSync(path) ? path : 'java';
}

/** The JVM's system properties, which may name a proxy or a certificate store. */
const SYSTEM_PROPERTIES = /-D(?:"[^"]*"|'[^']*'|\S)+/g;

/**
 * Keeps Maven's variables, which may name a proxy. Drops what stops its JVM: a wrong JAVA_HOME, and
 * options such as `-Xmx2m`.
 */
export const mavenEnv = (env: Env): Env => ({
  ...env,
  ...Object.fromEntries(
    ['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'].map((name) => [
      name,
      env[name]?.match(SYSTEM_PROPERTIES)?.join(' '),
    ]),
  ),
  LC_ALL: 'C.UTF-8',
  JAVA_HOME: java(env) === 'java' ? undefined : env.JAVA_HOME,
});
