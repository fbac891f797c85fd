/**
 * The part of a Prisma client that this package calls, on `PrismaClient` itself or on the `tx`
 * inside its `$transaction`. `createSql` of `@lmt/postgres` has it too. Statement texts are constants
 * of this package and values are always bound, so the "unsafe" in Prisma's name does not apply. The
 * tagged form would not let statements share a fragment.
 */
export interface Sql {
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PromiseLike<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<number>;
}

/**
 * The same inside a transaction. A bare client does not fit this type, so that writing a message
 * outside the business transaction does not compile.
 */
export interface TransactionSql extends Sql {
  readonly $disconnect?: never;
}
