const SENSITIVE_NAME = /authorization|cookie|password|secret|token|signature/i;
const REDACTED = '[redacted]';
const TOO_DEEP = '[deeper]';
const DEPTH = 4;

type Fields = Record<string, unknown>;

/**
 * The fields with the value of every sensitive name replaced, down to four levels of objects and arrays;
 * what lies deeper is not shown.
 * What is given is never changed.
 */
export function redactFields(fields: Fields): Fields {
  return redact(fields, DEPTH);
}

function redact(fields: Fields, depth: number): Fields {
  let copy: Fields | undefined;
  for (const name in fields) {
    const value = fields[name];
    const shown = SENSITIVE_NAME.test(name) ? REDACTED : redactValue(value, depth);
    if (shown !== value) {
      copy ??= { ...fields };
      copy[name] = shown;
    }
  }
  return copy ?? fields;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth === 0) return TOO_DEEP;
  if (!Array.isArray(value)) return redact(value as Fields, depth - 1);
  const shown = value.map((item) => redactValue(item, depth - 1));
  return shown.some((item, index) => item !== value[index]) ? shown : value;
}

/** The line with the user and password of every URL in it replaced. */
export function redactUrls(line: string): string {
  return line.includes('://') ? line.replace(/:\/\/[^\s"'/\\]+@/g, `://${REDACTED}@`) : line;
}
