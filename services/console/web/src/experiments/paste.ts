import type { ControlCall } from './experiment.ts';

/** The terminal commands with the effect of a control call. */
export interface Paste {
  readonly compose: string;
  readonly demo: string;
}

const quote = (text: string) => (/^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

function toOptions(body: ControlCall['body']): string {
  return Object.entries(body)
    .map(([name, value]) => `--${name} ${quote(value)}`)
    .join(' ');
}

export function toPaste({ command, body }: ControlCall): Paste {
  if (command === 'produce')
    return {
      compose: `docker compose run --rm produce ${toOptions(body)}`,
      demo: `npm run produce -- ${toOptions(body)}`,
    };
  if (command === 'wipe-kafka')
    return {
      compose: 'docker compose rm --stop --force kafka && docker volume rm local-message-table_kafka-data',
      demo: 'npm run demo -- wipe-kafka',
    };
  const { name = '' } = body;
  return { compose: toCompose(command, name), demo: `npm run demo -- ${command} ${name}` };
}

function toCompose(command: 'kill' | 'start' | 'pause' | 'resume', name: string): string {
  if (command === 'resume') return `docker compose unpause ${name}`;
  // `start` does not create the container that wiping Kafka removes.
  if (command === 'start' && name === 'kafka') return 'docker compose up --detach kafka';
  return `docker compose ${command} ${name}`;
}

/** Starts and resumes every process. */
export const PUT_BACK: Paste = {
  compose: 'docker compose unpause inventory; docker compose up --detach',
  demo: 'for name in postgres kafka order relay inventory; do npm run demo -- resume $name; npm run demo -- start $name; done',
};

export const VERIFY: Paste = { compose: 'docker compose run --rm verify', demo: 'npm run verify' };
