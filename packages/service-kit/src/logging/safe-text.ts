// Control characters, line separators, bidirectional overrides and characters without width.
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029\u2065]/gu;

function toEscapes(characters: string): string {
  const units = Array.from({ length: characters.length }, (_, index) => characters.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Escapes every character that could break or forge a line. Escaped JSON keeps its value. */
export function printable(text: string): string {
  return text.replace(UNSAFE, toEscapes);
}

/** Replaces the user and password of every URL in the text. */
export function redactUrls(text: string): string {
  return text.includes('://') ? text.replace(/:\/\/[^\s"'/\\]+@/g, '://[redacted]@') : text;
}
