// The only container with published ports: node gateway.mjs 3000=order:3000 3001=inventory:3001.
// A service that is scaled, killed or started again keeps its address here; Docker itself would give
// each instance another port of a range.
import { forward } from './forward.js';

const routes = process.argv.slice(2).map((route) => {
  const [, port, host, target] = /^(\d+)=([\w.-]+):(\d+)$/.exec(route) ?? [];
  if (!port || !host || !target) throw new Error(`${route}: expected PORT=HOST:PORT`);
  return { port: Number(port), host, target: Number(target) };
});

const servers = await Promise.all(
  routes.map(async ({ port, host, target }) => {
    const server = forward({ host, port: target });
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '0.0.0.0', () => resolve(undefined));
    });
    console.log(`port ${port} leads to ${host}:${target}`);
    return server;
  }),
);

// What is under way is let through; the last connection that ends ends the process. Idle ones are not waited for.
process.once('SIGTERM', () => {
  for (const server of servers) server.close();
  setTimeout(() => process.exit(0), 2_000).unref();
});
