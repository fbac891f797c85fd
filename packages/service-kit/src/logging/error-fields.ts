/** An error as it stands in the log. */
export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: ErrorFields;
}

const MOST_CAUSES = 4;

/** What the log tells of an error, and of up to four causes; anything thrown that is no Error is its message. */
export function errorFields(error: unknown, causesLeft = MOST_CAUSES): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: textOf(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message: message || firstMessage(error),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || causesLeft === 0 ? {} : { cause: errorFields(cause, causesLeft - 1) }),
  };
}

/** Node's connection errors to several addresses have no message of their own. */
function firstMessage(error: Error): string {
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : '';
}

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return 'something that has no text';
  }
}
