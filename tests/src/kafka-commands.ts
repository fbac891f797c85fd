// The commands of docs/connect/kafka.md that create topics and permissions.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { createKafkaClient } from '@lmt/messaging';
import { root } from '@lmt/stack';

export type Admin = ReturnType<ReturnType<typeof createKafkaClient>['kafka']['admin']>;
export type Acl = Parameters<Admin['createAcls']>[0]['acl'][number];

// Kafka's own numbers.
const OPERATIONS: Readonly<Record<string, number>> = { Read: 3, Write: 4, Delete: 6, Describe: 8 };
const RESOURCES = { topic: 2, group: 3 } as const;
const PATTERNS: Readonly<Record<string, number>> = { literal: 3, prefixed: 4 };
const ALLOW = 3;

export const readKafkaPage = () => readFile(join(root, 'docs', 'connect', 'kafka.md'), 'utf8');

/** Translates the commands into requests, because each command would start a JVM. */
export function parseKafkaCommands(page: string) {
  const commands = page.replaceAll('\\\n', ' ').matchAll(/^(kafka-(?:topics|acls)\.sh) \$B (.+)$/gm);
  const topics: { topic: string; numPartitions: number; configEntries: { name: string; value: string }[] }[] =
    [];
  const acls: Acl[] = [];
  for (const [, program, text = ''] of commands) {
    const args = text.trim().split(/ +/);
    if (program === 'kafka-topics.sh') topics.push(parseTopic(args));
    else acls.push(...parseAcls(args));
  }
  return { topics, acls };
}

function parseTopic(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      create: { type: 'boolean' },
      topic: { type: 'string', default: '' },
      partitions: { type: 'string' },
      config: { type: 'string', multiple: true, default: [] },
    },
  });
  const configEntries = values.config.map((entry) => {
    const [name = '', value = ''] = entry.split('=');
    return { name, value };
  });
  return { topic: values.topic, numPartitions: Number(values.partitions), configEntries };
}

function parseAcls(args: string[]): Acl[] {
  const { values } = parseArgs({
    args,
    options: {
      add: { type: 'boolean' },
      'allow-principal': { type: 'string', default: '' },
      operation: { type: 'string', multiple: true, default: [] },
      topic: { type: 'string' },
      group: { type: 'string' },
      'resource-pattern-type': { type: 'string', default: 'literal' },
    },
  });
  return (['topic', 'group'] as const).flatMap((kind) => {
    const resourceName = values[kind];
    if (resourceName === undefined) return [];
    return values.operation.map((operation) => ({
      principal: values['allow-principal'],
      host: '*',
      operation: OPERATIONS[operation] ?? Number.NaN,
      permissionType: ALLOW,
      resourceType: RESOURCES[kind],
      resourceName,
      resourcePatternType: PATTERNS[values['resource-pattern-type']] ?? Number.NaN,
    }));
  });
}
