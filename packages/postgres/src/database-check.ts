/** A readiness check: resolves to null once the database has answered, and rejects otherwise. */
export function databaseCheck(client: {
  $queryRawUnsafe(query: string): PromiseLike<unknown>;
}): () => Promise<null> {
  return async () => {
    await client.$queryRawUnsafe('SELECT 1');
    return null;
  };
}
