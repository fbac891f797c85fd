/** A request that has no answer yet. */
export interface Attempt {
  readonly key: string;
  readonly request: string;
}

/** The key of a request: a retry of the same request keeps its key, another request gets a new one. */
export function keepKey(previous: Attempt | null, request: string, createKey: () => string): Attempt {
  return previous?.request === request ? previous : { key: createKey(), request };
}
