/** Characters that change the direction of the text around them. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Formats a value as JSON. Characters that would reorder the displayed text are written as escapes,
 * so it reads as it is.
 */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    DIRECTION,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
