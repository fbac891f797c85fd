import { readFileSync } from 'node:fs';
import { runService } from '@lmt/service-kit';
import { config } from './config.js';
import { BODY_LIMIT_BYTES, consoleRoutes } from './http.js';
import { createUpstreamClient } from './proxy/upstream.js';
import { formatSignInLink } from './sign-in/sign-in-link.js';

const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageJson) as { readonly version: string };

await runService({
  name: 'console',
  config,
  async start({ settings, logger, onStop, serve }) {
    const client = createUpstreamClient();
    onStop('connections to the services', () => client.close());
    const url = await serve((router) => consoleRoutes(router, { settings, client, version, logger }), {
      bodyLimitBytes: BODY_LIMIT_BYTES,
      deferBodies: true,
    });
    const port = settings.PORT || Number(new URL(url).port);
    // No other line contains the token.
    logger.info(`sign in: ${formatSignInLink({ ...settings, PORT: port })}`);
    return undefined;
  },
});
