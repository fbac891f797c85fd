import { ConfigError, parseConfig } from '@lmt/service-kit';
import { z } from 'zod';
import { signInSettings } from './config.js';
import { formatSignInLink } from './sign-in/sign-in-link.js';

/** Prints the sign-in link again, from the settings of the running console. */
try {
  const settings = parseConfig(z.object(signInSettings), process.env);
  if (settings.CONSOLE_URL === undefined && settings.PORT === 0)
    throw new ConfigError('wrong settings:\n  CONSOLE_URL is not set: expected the URL, because PORT is 0');
  process.stdout.write(`${formatSignInLink(settings)}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 78;
}
