// Runs in the only container with published ports. Arguments: 3000=order:3000 3001=inventory:3001.
// Docker itself would give each scaled or restarted instance another port of a range.
import { forward } from './forward.js';

const DRAIN_MS = 2_000;

const routes = process.argv.slice(2).map((route) => {
  const [, port, host, target] = /^(\d+)=([\w.-]+):(\d+)$/.exec(route) ?? [];
  if (!port || !host || !target) throw new Error(`${route}: expected PORT=HOST:PORT`);
  return { port: Number(port), host, target: Number(target) };
});

const servers = await Promise.all(
  routes.map(async ({ port, host, target }) => {
    const server = forward({ host, port: target });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '0.0.0.0', resolve);
    });
    console.log(`forwarding port ${port} to ${host}:${target}`);
    return server;
  }),
);

process.once('SIGTERM', () => {
  for (const server of servers) server.close();
  // Do not wait for idle keep-alive connections.
  setTimeout(() => process.exit(0), DRAIN_MS).unref();
});
