// npm run demo, bench, verify ...: `node scripts/run.mjs NAME ...` prepares the checkout, then hands
// over to the compiled command in scripts/NAME/dist.
import { prepare, root } from './toolchain.mjs';

const [command = '', ...rest] = process.argv.slice(2);
// Standard output belongs to the command: it may be piped.
const log = (/** @type {string} */ line) => console.error(line);

try {
  await prepare({ log });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const [folder, entry = 'main'] = command.split('/');
process.argv = [process.argv[0] ?? '', `npm run ${command}`, ...rest];
await import(`${root}scripts/${folder}/dist/${entry}.js`);
