// The least that a part of the work costs on this machine, measured in the same run.
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';
import { measureUsage } from './process-usage.js';
import { type Bench, runInWorker } from './system.js';

const emptyServer = fileURLToPath(new URL('empty-server.js', import.meta.url));

/** Measures an empty node:http server under the same load as the order service. */
export async function measureEmptyServer(
  { signal }: Pick<Bench, 'signal'>,
  task: { readonly rate: number; readonly warmUpSeconds: number; readonly seconds: number },
) {
  const server = execaNode(emptyServer, { ipc: true, cancelSignal: signal, reject: false });
  try {
    const port = await server.getOneMessage();
    const pids = { server: server.pid ?? 0 };
    const used = await measureUsage(
      () => pids,
      () => runInWorker('openLoop', { ...task, url: `http://127.0.0.1:${port}` }, signal),
    );
    const { generatorCores, rate } = used.result;
    return { rate, serverCores: (used.cpuSeconds.server ?? 0) / used.seconds, generatorCores };
  } finally {
    server.kill();
    await server;
  }
}
