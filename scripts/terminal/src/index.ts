export { Argument, type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
export { formatDuration, formatNumber, plural } from './format.js';
export { listenForInterruption, untilInterrupted } from './interruptions.js';
export { printable, printableJson } from './printable.js';
export {
  ArgumentError,
  type Broker,
  brokerOption,
  createCommand,
  parseText,
  runCommand,
} from './run-command.js';
export { dataLocation, findDemo, noDemo, type RunningDemo, requireDemo } from './running-demo.js';
export { type Column, formatTable } from './table.js';
