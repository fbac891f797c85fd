import { expect, test } from 'vitest';
import {
  java,
  javaEnv,
  mavenEnv,
  postgresEnv,
  removePostgresVariables,
  serviceEnv,
} from './inherited-env.js';

const SETTINGS = {
  LOG_LEVEL: 'debug',
  RELAY_CRON: '* * * * * *',
  RETENTION_HOURS: '1',
  ORDER_EXPIRES_AFTER_SECONDS: '60',
  KAFKA_TOPIC_PREFIX: 'staging.',
  TZ: 'Asia/Shanghai',
  NO_COLOR: '1',
};
const SHELL = {
  ...SETTINGS,
  PATH: '/bin',
  HOME: '/home/ada',
  JENV_ROOT: '/opt/jenv',
  NODE_OPTIONS: '--inspect',
  NODE_ENV: 'production',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  UV_THREADPOOL_SIZE: '1',
  PGOPTIONS: '-c search_path=x',
  PGHOST: '/nowhere',
  LC_ALL: 'C',
  JAVA_HOME: '/nowhere',
  JAVA_TOOL_OPTIONS: '-Xmx2m',
  CLASSPATH: '/nowhere',
  ORDER_DATABASE_URL: 'from the shell',
  ADMIN_TOKEN: 'from the shell',
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SSL_CA_FILE: '/ca.pem',
  KAFKA_SASL_PASSWORD: 'from the shell',
  http_proxy: 'http://127.0.0.1:1',
};

test('environment: a service gets only the settings of the shell', () => {
  expect(serviceEnv(SHELL)).toEqual(SETTINGS);
});

test('environment: Kafka and Postgres have a fixed locale and time zone', () => {
  // A version manager looks for java below the home folder.
  const forVersionManagers = { PATH: '/bin', HOME: '/home/ada', JENV_ROOT: '/opt/jenv' };
  expect(javaEnv(SHELL)).toEqual({ ...forVersionManagers, LC_ALL: 'C.UTF-8' });
  expect(postgresEnv(SHELL)).toEqual({ PATH: '/bin', LC_ALL: 'C', TZ: 'UTC' });
});

test('environment: a JAVA_HOME without java has no effect, also on Maven', () => {
  expect(java(SHELL)).toBe('java');
  expect(mavenEnv(SHELL)).toMatchObject({ JAVA_HOME: undefined, http_proxy: 'http://127.0.0.1:1' });
});

test('environment: of the options of every JVM, Maven gets the system properties', () => {
  const options = '-Xmx2m -Dhttps.proxyHost=proxy -javaagent:/nowhere.jar -Dname="two words" -Dc=d';
  expect(mavenEnv({ JAVA_TOOL_OPTIONS: options, _JAVA_OPTIONS: '-Xmx2m' })).toMatchObject({
    JAVA_TOOL_OPTIONS: '-Dhttps.proxyHost=proxy -Dname="two words" -Dc=d',
    _JAVA_OPTIONS: undefined,
  });
});

test('environment: PG* variables do not change the connections of the process that starts Postgres', () => {
  const env: NodeJS.ProcessEnv = {
    PGOPTIONS: '-c x=y',
    PGSSLMODE: 'require',
    POSTGRES_PORT: '1',
    PAGER: 'less',
  };
  removePostgresVariables(env);
  expect(env).toEqual({ POSTGRES_PORT: '1', PAGER: 'less' });
});
