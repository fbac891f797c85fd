/** The environment does not make a usable configuration. The message is meant for a person at a terminal. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  override readonly name = 'ConfigError';
  /** Names of the settings at fault. */
  readonly settings: readonly string[];

  constructor(message: string, settings: readonly string[]) {
    super(message);
    this.settings = settings;
  }
}
