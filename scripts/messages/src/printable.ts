// Text that is safe to show in a terminal, whoever wrote it.

// What moves a cursor, ends a line or turns the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// Within JSON the C0 characters are escaped, but for the ends of lines between its values.
const unprintableInJson = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export const printable = (text: string) => text.toWellFormed().replace(unprintable, escaped);

/** As JSON of several lines whose values are the same. */
export const printableJson = (value: unknown) =>
  JSON.stringify(value, null, 2).replace(unprintableInJson, escaped);

/** Printable, and no longer than that. */
export function fitted(text: string, width: number) {
  const characters = [...printable(text)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** How long ago, for people. */
export function age(seconds: number) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 2 * 3_600) return `${Math.round(whole / 60)} min`;
  if (whole < 2 * 86_400) return `${Math.round(whole / 3_600)} h`;
  return `${Math.round(whole / 86_400)} d`;
}

export const counted = (number: number) => number.toLocaleString('en-US');

export const plural = (number: number, noun: string) =>
  `${counted(number)} ${noun}${number === 1 ? '' : 's'}`;
