// Docker, npm and the demo each read a different file. These files must agree.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_FLAGS, root } from '@lmt/stack';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFile(join(root, path), 'utf8');
const services = ['order', 'relay', 'inventory', 'console'];

describe('the compose file, the demo and the documented settings', () => {
  it('start a service with the same flags', async () => {
    const entrypoint = /^ENTRYPOINT (.*)$/m.exec(await read('Dockerfile'))?.[1] ?? '[]';
    expect(JSON.parse(entrypoint)).toEqual(['node', ...NODE_FLAGS, '--env-file-if-exists=/run/secrets/env']);
    for (const service of services) {
      const { scripts } = JSON.parse(await read(`services/${service}/package.json`));
      expect(scripts.start).toBe(['node', ...NODE_FLAGS, 'dist/main.js'].join(' '));
    }
  });

  it('know the same settings', async () => {
    const compose = await read('docker-compose.yml');
    const named = [...compose.matchAll(/^ {6}([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? '');
    const settings = named.filter((name) => !name.startsWith('KAFKA_') || name === 'KAFKA_BROKERS');
    expect(settings).toContain('CALLBACK_URL');
    const table = await read('docs/settings.md');
    for (const name of settings) expect(table, name).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'));
  });

  it('contain no secret and no image without a version', async () => {
    const compose = await read('docker-compose.yml');
    expect(compose).not.toMatch(
      /CALLBACK_SECRET|ADMIN_TOKEN|SIGN_IN_TOKEN|CONTROL_TOKEN|_DATABASE_URL|PASSWORD: /,
    );
    const images = [...`${compose}\n${await read('Dockerfile')}`.matchAll(/(?:image: |NODE_IMAGE=)(\S+)/g)];
    const foreign = images.map(([, image]) => image).filter((image) => image !== 'local-message-table');
    expect(foreign).toHaveLength(6);
    for (const image of foreign) expect(image).toMatch(/:v?\d+\.\d+/);
  });

  it('keep the console away from the databases, from Kafka and from Docker', async () => {
    const compose = await read('docker-compose.yml');
    const [, definition = ''] = /\n {2}console:\n((?: {4}.*\n)+)/.exec(compose) ?? [];
    expect(definition).toMatch(/^ {4}networks: \[services\]$/m);
    expect(definition).not.toContain('ports:');
    expect(compose).not.toContain('docker.sock');
  });

  it('let Prometheus and Grafana read the checked files, without rights', async () => {
    const compose = await read('docker-compose.yml');
    const mounts = [...compose.matchAll(/^ {6}- \.\/([^:\s]+):([^:\s]+)(:ro)?$/gm)];
    expect(mounts.map(([, source, , readOnly]) => [source, readOnly])).toEqual([
      ['observability/prometheus', ':ro'],
      ['observability/grafana/grafana.ini', ':ro'],
      ['observability/grafana/provisioning', ':ro'],
      ['observability/grafana/boards', ':ro'],
    ]);
    const [, monitor = ''] = /\nx-monitor: &monitor\n((?: {2}.*\n)+)/.exec(compose) ?? [];
    for (const line of ['read_only: true', 'cap_drop: [ALL]', 'networks: [services]'])
      expect(monitor).toContain(line);
    const jobs = await read('observability/prometheus/prometheus.yml');
    for (const service of services) {
      const [, definition = ''] = new RegExp(`\\n {2}${service}:\\n((?: {4}.*\\n)+)`).exec(compose) ?? [];
      const port = /INTERNAL_PORT: (\d+)/.exec(definition)?.[1];
      expect(jobs).toContain(`names: [${service}], type: A, port: ${port}, `);
    }
  });

  it('let compose.external.yml replace both datastores for every container that uses them', async () => {
    const compose = await read('docker-compose.yml');
    const external = await read('compose.external.yml');
    for (const datastore of ['postgres', 'kafka'])
      expect(external).toContain(`\n  ${datastore}: { profiles: [bundled] }\n`);
    const [, definitions = ''] = /\nservices:\n([\s\S]*)\nnetworks:/.exec(compose) ?? [];
    for (const [, name = '', definition = ''] of definitions.matchAll(/^ {2}(\w+):\n((?: {4}.*\n)+)/gm)) {
      const [, replaced = ''] = new RegExp(`\\n {2}${name}:(.*\\n(?: {4}.*\\n)*)`).exec(external) ?? [];
      if (definition.includes('*kafka-settings')) expect(replaced, name).toContain('*kafka');
      if (/postgres: \{ condition|\*datastores/.test(definition))
        expect(replaced, name).toContain('depends_on: !override');
    }
  });
});
