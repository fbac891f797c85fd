import { describe, expect, test } from 'vitest';
import { matchLine } from './match-line.js';
import { headings, readSections, readTranslation } from './read-walk.js';

const one = '01a20374-15b6-7231-a82c-e4b3b47ade6c';
const two = '01a2ffff-15b6-7231-a82c-e4b3b47ade6c';
const other = '01a2eeee-15b6-7231-a82c-e4b3b47ade6c';

describe('a shown line', () => {
  const matches = (shown: string, printed: string) => matchLine(shown, printed, new Map()) !== null;

  test.each([
    ['{"id":"X"}', '{"id":"X"}', true],
    ['{"id":"X"}', '{"id":"Y"}', false],
    ['relay     | 13:31:09.392 published   type=a', 'relay-2  | 01:02:03.004 published type=a', true],
    ['relay | 13:31:09.392 published', 'inventory | 13:31:09.392 published', false],
    ['attempt=2 nextInSeconds=13.9', 'attempt=2 nextInSeconds=2', true],
    ['attempt=2 nextInSeconds=13.9', 'attempt=3 nextInSeconds=13.9', false],
    ['left=98', 'left=97', false],
    ['left=98', 'left=98 and more', false],
    ['left=98 ...', 'left=98 and more', true],
    ['oldest 3 s', 'oldest 12 min', true],
    ['http://127.0.0.1:3000/a', 'http://127.0.0.1:4711/a', true],
    ['"at":"2026-11-22T13:31:09.132Z"', '"at":"2027-01-01T00:00:00.000Z"', true],
    ['orderId=01a20374-15b6', 'orderId=01a2ffff-0000', true],
    ['HTTP/1.1 201 Created', 'HTTP/1.1 201 Created\r', true],
  ])('%s and the printed %s: %s', (shown, printed, expected) => {
    expect(matches(shown, printed)).toBe(expected);
  });

  test('maps each shown id to one printed id', () => {
    expect(matchLine(`id=${one}`, `id=${two}`, new Map())).toEqual(new Map([[one, two]]));
    expect(matchLine(`id=${one}`, `id=${two}`, new Map([[one, two]]))).not.toBeNull();
    expect(matchLine(`id=${one}`, `id=${other}`, new Map([[one, two]]))).toBeNull();
    expect(matchLine(`${one} ${one}`, `${two} ${other}`, new Map())).toBeNull();
  });
});

const readme = `
# One
## Two
\`\`\`sh demo
npm run demo
\`\`\`
\`\`\`sh compose
docker compose up
\`\`\`
\`\`\`sh
# a comment, no heading
docker compose kill relay
\`\`\`
\`\`\`text
relay was killed

\`\`\`
\`\`\`log
relay | x
\`\`\`
\`\`\`sh skip
npm run bench
\`\`\`
| with Docker | with Node |
|---|---|
| \`docker compose kill NAME\` | \`npm run demo -- kill NAME\` |
| \`docker compose exec order messages ...\` | \`npm run messages -- ...\` |
`;

test('reads the steps of each path by section', () => {
  expect(readSections({ name: 'README.md', markdown: readme }, 'demo')).toEqual([
    {
      document: 'README.md',
      title: 'Two',
      steps: [
        { place: 'README.md:5', command: 'npm run demo', output: [], log: [] },
        {
          place: 'README.md:11',
          command: '# a comment, no heading\ndocker compose kill relay',
          output: ['relay was killed'],
          log: ['relay | x'],
        },
      ],
    },
  ]);
  const [section] = readSections({ name: 'README.md', markdown: readme }, 'compose');
  expect(section?.steps[0]?.command).toBe('docker compose up');
});

test('ignores headings in code blocks', () => {
  expect(headings(readme)).toEqual([
    { level: 1, text: 'One' },
    { level: 2, text: 'Two' },
  ]);
});

test('translates Docker commands by the table', () => {
  const translated = readTranslation(readme);
  expect(translated('# x\ndocker compose kill relay')).toBe('# x\nnpm run demo -- kill relay');
  expect(translated('docker compose exec order messages list --status DEAD')).toBe(
    'npm run messages -- list --status DEAD',
  );
  expect(translated('docker compose killer')).toBe('docker compose killer');
});
