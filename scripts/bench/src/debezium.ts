// Kafka Connect with Debezium, for the comparison with other outboxes.
import { fileURLToPath } from 'node:url';
import { installJars } from '@lmt/stack';

const POM = fileURLToPath(new URL('../peers/debezium-pom.xml', import.meta.url));

export const DEBEZIUM_JARS = fileURLToPath(
  new URL('../../../node_modules/.cache/debezium-3.4.3', import.meta.url),
);

/** The setting under which Postgres decodes its log. It holds for every contender. */
export const LOGICAL_DECODING = { wal_level: 'logical' };

/** Downloads the jars to node_modules/.cache, once. */
export const installDebezium = (log: (line: string) => void) =>
  installJars({ name: 'Debezium', pom: POM, folder: DEBEZIUM_JARS }, log);
