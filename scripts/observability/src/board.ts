// npm run board: writes the Grafana board. A test compares the file with this code.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCommand, runCommand } from '@lmt/terminal';
import { createBoard } from './create-board.js';

const path = fileURLToPath(
  new URL('../../../observability/grafana/boards/local-message-table.json', import.meta.url),
);

await runCommand(
  createCommand('board', 'Writes the Grafana board.').action(() => {
    writeFileSync(path, `${JSON.stringify(createBoard(), null, 2)}\n`);
    console.log(`${path} written`);
  }),
);
