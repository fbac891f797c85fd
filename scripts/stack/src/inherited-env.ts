// Decides which variables of the caller's shell reach the processes of a stack. Everything else is
// left out, because Node, the JVM and libpq read dozens of variables that change what they do
// (NODE_OPTIONS, JAVA_TOOL_OPTIONS, CLASSPATH, PG*, LC_* ...).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from './services.js';

// The settings of docs/settings.md, and how the lines of the log look.
const FOR_SERVICES = /^(?:LOG|RELAY|PUBLISH|RESULT|RETRY|RETENTION|KAFKA)_|^(?:TZ|NO_COLOR|FORCE_COLOR)$/;

const pick = (env: Env, names: RegExp): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));

export const serviceEnv = (env: Env): Env => pick(env, FOR_SERVICES);

// The `java` on PATH may be a script of a version manager, which looks below the home folder.
const FOR_JAVA = /^(?:PATH|HOME|(?:ASDF|JENV|MISE|XDG)_.+)$/;

/** The JVM decodes file names as the locale says. In the locale C it finds only ASCII names. */
export const javaEnv = (env: Env): Env => ({ ...pick(env, FOR_JAVA), LC_ALL: 'C.UTF-8' });

/** The time zone and the locale are part of what initdb writes. */
export const postgresEnv = (env: Env): Env => ({ PATH: env.PATH, LC_ALL: 'C', TZ: 'UTC' });

/**
 * Removes libpq's variables (PGOPTIONS, PGSSLMODE ...), which pg obeys wherever a URL says nothing.
 * A process that starts a Postgres connects to it with URLs of its own.
 */
export function removePostgresVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (/^PG[A-Z]+$/.test(name)) delete env[name];
}

/** The java of JAVA_HOME, or that of PATH if JAVA_HOME names a folder without one. */
export function java(env: Env = process.env): string {
  const path = env.JAVA_HOME && join(env.JAVA_HOME, 'bin', 'java');
  return path && existsSync(path) ? path : 'java';
}

/**
 * Maven keeps its variables, which may name a proxy or a mirror, but fails on a wrong JAVA_HOME.
 */
export const mavenEnv = (env: Env): Env => ({
  ...env,
  LC_ALL: 'C.UTF-8',
  JAVA_HOME: java(env) === 'java' ? undefined : env.JAVA_HOME,
});
