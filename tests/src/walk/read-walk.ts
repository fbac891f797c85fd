// Reads the steps of a walk from Markdown: the commands and the documented output of each.

export interface Block {
  /** The first word of the fence: sh, text, log ... */
  readonly language: string;
  /** The other words of the fence. */
  readonly marks: readonly string[];
  readonly content: string;
  /** Line number of the first line of content. */
  readonly line: number;
  /** The heading above it. */
  readonly section: string;
}

export function codeBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  let section = '';
  for (let index = 0; index < lines.length; index++) {
    const fence = /^```(.*)$/.exec(lines[index] ?? '');
    section = /^#+ (.*)$/.exec(lines[index] ?? '')?.[1] ?? section;
    if (!fence) continue;
    const start = index + 1;
    do index += 1;
    while (index < lines.length && !/^```\s*$/.test(lines[index] ?? ''));
    const [language = '', ...marks] = (fence[1] ?? '').trim().split(/\s+/);
    blocks.push({ language, marks, content: lines.slice(start, index).join('\n'), line: start + 1, section });
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

export interface Document {
  readonly name: string;
  readonly markdown: string;
}

export type Path = 'demo' | 'compose';

export interface Step {
  readonly command: string;
  /** Document and line, for error messages. */
  readonly place: string;
  /** Lines that the command prints. */
  readonly output: readonly string[];
  /** Lines that the services log. */
  readonly log: readonly string[];
}

/** A heading of a document and the steps below it, up to the next heading. */
export interface Section {
  readonly document: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

/**
 * Reads the sections that have steps on one path. A block marked with the other path or with `skip`
 * is not a step. A `text` block shows the output of the `sh` block above it, a `log` block shows
 * the services' log.
 */
export function readSections({ name, markdown }: Document, path: Path): Section[] {
  const sections = new Map<string, { command: string; place: string; output: string[]; log: string[] }[]>();
  const other: Path = path === 'demo' ? 'compose' : 'demo';
  for (const { language, marks, content, line, section } of codeBlocks(markdown)) {
    if (marks.includes('skip') || marks.includes(other)) continue;
    const place = `${name}:${line}`;
    const steps = sections.get(section) ?? [];
    if (language === 'sh') {
      sections.set(section, steps);
      steps.push({ command: content, place, output: [], log: [] });
    }
    if (language !== 'text' && language !== 'log') continue;
    const step = steps.at(-1);
    if (!step) throw new Error(`${place}: output before any command`);
    step[language === 'text' ? 'output' : 'log'].push(
      ...content.split('\n').filter((text) => text.trim() !== ''),
    );
  }
  return [...sections].map(([title, steps]) => ({ document: name, title, steps }));
}

/**
 * Reads the README's table that translates Docker commands to the demo's. Its rows read
 * `| \`docker compose kill NAME\` | \`npm run demo -- kill NAME\` |`. NAME or `...` stands for the rest.
 */
export function readTranslation(markdown: string): (command: string) => string {
  const rules = [...markdown.matchAll(/^\| `(docker compose [^`]*)` \| `(npm run [^`]*)` \|$/gm)]
    .map((row) => row.slice(1).map((command) => command.replace(/ (?:NAME|\.\.\.)$/, '')))
    .sort(([a = ''], [b = '']) => b.length - a.length);
  const translateLine = (line: string) => {
    for (const [docker = '', demo = ''] of rules) {
      if (line === docker || line.startsWith(`${docker} `)) return demo + line.slice(docker.length);
    }
    return line;
  };
  return (command) => command.split('\n').map(translateLine).join('\n');
}
