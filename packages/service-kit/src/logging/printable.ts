// Everything that moves a cursor, ends a line somewhere, or turns the direction of text: C0 and C1 control
// characters, line and paragraph separators, bidirectional marks and overrides; and what has no width, so
// that two texts that look the same are the same.
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
// JSON escapes C0 by itself; escaping the line's own end would be wrong.
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The text with every character escaped that could break, forge or repaint a line of a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** The same for a line of JSON, whose value stays the same. */
export function printableJson(line: string): string {
  return line.replace(UNPRINTABLE_IN_JSON, escaped);
}
