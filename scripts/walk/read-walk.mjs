// What a README promises: its commands, and what each is said to print.

/**
 * @typedef {object} Block
 * @property {string} language first word of the fence: sh, text, log ...
 * @property {string[]} marks the words after it
 * @property {string} content
 * @property {number} line of the README, of its first line of content
 */

/** @param {string} markdown @returns {Block[]} */
export function codeBlocks(markdown) {
  const blocks = [];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const fence = /^```(.*)$/.exec(lines[index] ?? '');
    if (!fence) continue;
    const start = index + 1;
    do index += 1;
    while (index < lines.length && !/^```\s*$/.test(lines[index] ?? ''));
    const [language = '', ...marks] = (fence[1] ?? '').trim().split(/\s+/);
    blocks.push({ language, marks, content: lines.slice(start, index).join('\n'), line: start + 1 });
  }
  return blocks;
}

/** @param {string} markdown @returns {{ level: number, text: string }[]} */
export function headings(markdown) {
  const outside = markdown.replaceAll(/^```[\s\S]*?^```\s*$/gm, '');
  return [...outside.matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/**
 * One step of a walk: a command, and what is to be seen after it.
 *
 * @typedef {object} Step
 * @property {string} command
 * @property {number} line of the README
 * @property {string[]} output lines of the command's own output
 * @property {string[]} log lines of the services' logs
 */

/**
 * The steps of a path, `demo` or `compose`. A block without a path belongs to both; one marked `skip`
 * to none. A `text` block is what the commands above it print, a `log` block what the services log.
 *
 * @param {string} markdown
 * @param {'demo' | 'compose'} path
 * @returns {Step[]}
 */
export function stepsOf(markdown, path) {
  /** @type {Step[]} */
  const steps = [];
  const other = path === 'demo' ? 'compose' : 'demo';
  for (const { language, marks, content, line } of codeBlocks(markdown)) {
    if (marks.includes('skip') || marks.includes(other)) continue;
    const lines = content.split('\n').filter((text) => text.trim() !== '');
    if (language === 'sh') {
      steps.push({ command: content, line, output: [], log: [] });
      continue;
    }
    if (language !== 'text' && language !== 'log') continue;
    const step = steps.at(-1);
    if (!step) throw new Error(`README line ${line}: output before any command`);
    step[language === 'text' ? 'output' : 'log'].push(...lines);
  }
  return steps;
}

/**
 * How the demo says what is written for Docker: the README's own table, in rows of
 * `| \`docker compose kill NAME\` | \`npm run demo -- kill NAME\` |`. NAME, or `...`, stands for the rest.
 *
 * @param {string} markdown
 * @returns {(command: string) => string}
 */
export function translation(markdown) {
  const rules = [...markdown.matchAll(/^\| `(docker compose [^`]*)` \| `(npm run [^`]*)` \|$/gm)]
    .map((row) => row.slice(1).map((command) => command.replace(/ (?:NAME|\.\.\.)$/, '')))
    .sort(([a = ''], [b = '']) => b.length - a.length);
  const translated = (/** @type {string} */ line) => {
    for (const [docker = '', demo = ''] of rules) {
      if (line === docker || line.startsWith(`${docker} `)) return demo + line.slice(docker.length);
    }
    return line;
  };
  return (command) => command.split('\n').map(translated).join('\n');
}
