// What a README promises: its commands, and what each is said to print.

export interface Block {
  /** first word of the fence: sh, text, log ... */
  language: string;
  /** the words after it */
  marks: string[];
  content: string;
  /** of the README, of its first line of content */
  line: number;
}

export function codeBlocks(markdown: string): Block[] {
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

export function headings(markdown: string): { level: number; text: string }[] {
  const outside = markdown.replaceAll(/^```[\s\S]*?^```\s*$/gm, '');
  return [...outside.matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', text = '']) => ({
    level: marks.length,
    text,
  }));
}

/** One step of a walk: a command, and what is to be seen after it. */
export interface Step {
  command: string;
  /** of the README */
  line: number;
  /** lines of the command's own output */
  output: string[];
  /** lines of the services' logs */
  log: string[];
}

/**
 * The steps of a path, `demo` or `compose`. A block without a path belongs to both; one marked `skip`
 * to none. A `text` block is what the commands above it print, a `log` block what the services log.
 */
export function stepsOf(markdown: string, path: 'demo' | 'compose'): Step[] {
  const steps: Step[] = [];
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
 */
export function translation(markdown: string): (command: string) => string {
  const rules = [...markdown.matchAll(/^\| `(docker compose [^`]*)` \| `(npm run [^`]*)` \|$/gm)]
    .map((row) => row.slice(1).map((command) => command.replace(/ (?:NAME|\.\.\.)$/, '')))
    .sort(([a = ''], [b = '']) => b.length - a.length);
  const translated = (line: string) => {
    for (const [docker = '', demo = ''] of rules) {
      if (line === docker || line.startsWith(`${docker} `)) return demo + line.slice(docker.length);
    }
    return line;
  };
  return (command) => command.split('\n').map(translated).join('\n');
}
