// Puts a report into a document, between two comments that name it.

const begin = (name: string) => `<!-- bench ${name} -->`;
const end = (name: string) => `<!-- end of bench ${name} -->`;

/** @throws if the document has no such section */
export function replaceSection(document: string, name: string, content: string): string {
  const from = document.indexOf(begin(name));
  const to = document.indexOf(end(name));
  if (from < 0 || to < from) throw new Error(`no section between ${begin(name)} and ${end(name)}`);
  return `${document.slice(0, from + begin(name).length)}\n${content.trim()}\n${document.slice(to)}`;
}
