export { Argument, type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
export {
  type Interruption,
  type InterruptionOptions,
  listenForInterruption,
  untilInterrupted,
  withoutEchoes,
} from './interruptions.js';
export { printable, printableJson, truncate } from './printable.js';
export { ArgumentError, createCommand, EXIT_WRONG_ARGUMENTS, runCommand } from './run-command.js';
export { type Column, formatTable, printTable, type TableOptions } from './table.js';
