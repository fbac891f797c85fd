// Makes text from untrusted sources safe to print to a terminal.

// Characters that move the cursor, end a line or change the direction of text.
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

const escapeCharacter = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export const printable = (text: string) => text.toWellFormed().replace(UNPRINTABLE, escapeCharacter);

/**
 * Indented JSON. JSON.stringify escapes control characters itself, except the line ends between
 * values.
 */
export const printableJson = (value: unknown) =>
  JSON.stringify(value, null, 2).split('\n').map(printable).join('\n');

/** Printable text of at most `width` characters. */
export function truncate(text: string, width: number): string {
  const characters = [...printable(text)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}
