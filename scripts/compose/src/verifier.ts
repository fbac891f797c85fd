// Lets the console run verify: the control channel of docker compose, with that one command. It is
// a container of its own, because the console may reach neither the databases nor Kafka. Argument:
// the port.
import { serveControl } from '@lmt/stack/control';
import { createVerifyCommand } from '@lmt/stack/tool-commands';

const { CONTROL_TOKEN: token } = process.env;
// serveControl would make a random token that no console knows.
if (!token) throw new Error('CONTROL_TOKEN is not set');

const commands = { verify: createVerifyCommand(process.env) };
const control = await serveControl({
  host: '0.0.0.0',
  port: Number(process.argv[2]),
  token,
  describe: async () => ({
    kind: 'compose',
    broker: 'kafka',
    commands: Object.keys(commands),
    processes: [],
  }),
  commands,
});
console.log(`verifier is up on port ${control.port}`);

process.once('SIGTERM', () => process.exit(0));
