import type { LookupAddress } from 'node:dns';
import { withTimeout } from '@lmt/resilience';
import { z } from 'zod';
import { type UpstreamClient, UpstreamError } from '../proxy/upstream.js';
import type { Health, InstanceHealth, ServiceName } from '../views.js';
import { readCounters } from './counters.js';

// A service answers /readyz within 2 s, even while its database or broker does not respond.
const INSTANCE_MS = 2_500;

const readiness = z.object({ checks: z.record(z.string(), z.string()) });

export interface HealthOptions {
  readonly client: UpstreamClient;
  /** Internal URL of each service. */
  readonly urls: Readonly<Record<ServiceName, string>>;
}

/** Reads the health of every instance of the services. Never rejects. */
export async function readHealth({ client, urls }: HealthOptions): Promise<Health> {
  const names: readonly ServiceName[] = ['order', 'relay', 'inventory'];
  const services = await Promise.all(
    names.map(async (name) => ({ name, instances: await readInstances(client, name, urls[name]) })),
  );
  return { at: new Date().toISOString(), services };
}

/** A host name has one address for each instance, as in Docker Compose. */
async function readInstances(
  client: UpstreamClient,
  name: ServiceName,
  url: string,
): Promise<InstanceHealth[]> {
  const { protocol, hostname, port, host } = new URL(url);
  const suffix = port === '' ? '' : `:${port}`;
  try {
    const addresses = await withTimeout(client.findAddresses(hostname.replace(/^\[|\]$/g, '')), INSTANCE_MS);
    return await Promise.all(
      toHosts(addresses).map((address) => readInstance(client, name, `${protocol}//${address}${suffix}`)),
    );
  } catch (error) {
    return [unreachable(host, `its host name has no address: ${describe(error)}`)];
  }
}

/** Prefers IPv4, because an instance may have one address of each family. */
function toHosts(addresses: readonly LookupAddress[]): string[] {
  const v4 = addresses.filter(({ family }) => family === 4);
  const found = v4.length > 0 ? v4 : addresses;
  return found.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).sort();
}

async function readInstance(client: UpstreamClient, name: ServiceName, url: string): Promise<InstanceHealth> {
  const { host: address } = new URL(url);
  const get = (path: string) => client.send({ url }, { path, timeoutMs: INSTANCE_MS });
  try {
    const [readyz, metrics] = await Promise.all([get('/readyz'), get('/metrics')]);
    const counters = readCounters(name, metrics.body.toString());
    return { address, ...readReadiness(readyz.status, readyz.body.toString()), counters };
  } catch (error) {
    return unreachable(address, describe(error));
  }
}

function readReadiness(status: number, text: string): Pick<InstanceHealth, 'ready' | 'problems'> {
  const parsed = readiness.safeParse(parseJson(text));
  if (!parsed.success) {
    const reason = `/readyz gave an unexpected answer (${status})`;
    return { ready: false, problems: [{ check: 'connection', reason }] };
  }
  const failed = Object.entries(parsed.data.checks).filter(([, result]) => result !== 'ok');
  return { ready: status === 200, problems: failed.map(([check, reason]) => ({ check, reason })) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const unreachable = (address: string, reason: string): InstanceHealth => ({
  address,
  ready: false,
  problems: [{ check: 'connection', reason }],
  counters: {},
});

function describe(error: unknown): string {
  if (error instanceof UpstreamError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
