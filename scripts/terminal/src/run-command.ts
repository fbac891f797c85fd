import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

const EXIT_WRONG_ARGUMENTS = 2;

/**
 * A wrong argument that only the command itself can detect. Its message is printed, the exit code
 * is 2.
 */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/**
 * Creates a command whose help shows how it was called: through npm, or by its name in a container.
 */
export function createCommand(script: string, description: string): Command {
  const name = process.env.npm_lifecycle_event === undefined ? script : `npm run ${script} --`;
  return new Command(name).description(description).allowExcessArguments(false);
}

/** Parses an option that must not be empty, such as one made from a variable that is not set. */
export function parseText(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  return value;
}

export type Broker = 'kafka' | 'direct';

/** The transport of the system that a command starts. */
export const brokerOption = () =>
  new Option('--broker <kind>', 'by default Kafka where Java and Maven are installed').choices([
    'kafka',
    'direct',
  ]);

/**
 * Parses the arguments and runs the command's action. Prints the message of an error, without its
 * stack, and sets the exit code: 2 for wrong arguments, else `failureCode`.
 */
export async function runCommand(
  command: Command,
  { failureCode = 1 }: { readonly failureCode?: number } = {},
): Promise<void> {
  throwOnWrongArguments(command);
  try {
    await command.parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed the message, or the help.
      if (error.exitCode !== 0) process.exitCode = EXIT_WRONG_ARGUMENTS;
      return;
    }
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof ArgumentError ? EXIT_WRONG_ARGUMENTS : failureCode;
  }
}

function throwOnWrongArguments(command: Command): void {
  command.exitOverride();
  for (const subcommand of command.commands) throwOnWrongArguments(subcommand);
}
