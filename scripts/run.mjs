// npm run demo, bench, verify ...: `node scripts/run.mjs NAME ...` prepares the checkout and runs the
// compiled command scripts/NAME/dist/main.js, or FOLDER/ENTRY.
import { pathToFileURL } from 'node:url';
import { prepare, root } from './toolchain.mjs';

const [command = '', ...args] = process.argv.slice(2);
const [folder, entry = 'main'] = command.split('/');

try {
  // Progress goes to standard error, because the command's standard output may be piped.
  await prepare({ log: console.error });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.argv = [process.execPath, command, ...args];
// A URL, because Node decodes `%` in a path and cuts it at `#`.
await import(pathToFileURL(`${root}scripts/${folder}/dist/${entry}.js`).href);
