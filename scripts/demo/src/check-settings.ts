import { logSettings, parseConfig, traceSettings } from '@lmt/service-kit';
import { z } from 'zod';

const settings = z.object({ ...logSettings, ...traceSettings });

/**
 * Checks the log and trace settings, which the demo passes from the shell to its services.
 * Otherwise the services would reject them only after Postgres and Kafka have started.
 *
 * @throws ConfigError that names every wrong setting
 */
export function checkSettings(env: NodeJS.ProcessEnv): void {
  parseConfig(settings, env);
}
