import type { z } from 'zod';

/** A successful answer. */
export interface AnswerContract {
  readonly description: string;
  /** The body. */
  readonly schema: z.ZodType;
  /** Media type of the body, by default JSON. */
  readonly type?: string;
  /** Descriptions of the headers that the answer may have, by name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a caller is authorised: by an operator's token, a signature of the body or a session. */
export type Authorisation = 'operator' | 'signature' | 'session';

/**
 * The contract of a route. The service parses requests with it, and the document describes it, so
 * neither repeats the other.
 */
export interface RouteContract {
  readonly method: 'get' | 'post';
  /** In the syntax of Express, such as `/orders/:id`. */
  readonly path: string;
  /** Unique in its document. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly auth?: Authorisation;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** A missing body counts as `{}`. */
  readonly bodyOptional?: boolean;
  readonly bodyType?: string;
  /** By status. The first one is the answer to `example`. */
  readonly answers: Readonly<Record<number, AnswerContract>>;
  /** Descriptions of the route's own problems, by status. `commonProblems` adds the others. */
  readonly problems?: Readonly<Record<number, string>>;
  /** A valid request. The tests run it. */
  readonly example?: {
    readonly params?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

/** Checks a contract and keeps its literal types. */
export const defineRoute = <const R extends RouteContract>(route: R): R => route;

/** Parsed input of a route. */
export type RouteInput<R extends RouteContract> = {
  readonly [Part in 'params' | 'query' | 'headers' | 'body']: R[Part] extends z.ZodType
    ? z.output<R[Part]>
    : undefined;
};

/** A value before JSON.stringify, which turns dates into text. */
type BeforeJson<T> = T extends string
  ? T | Date
  : T extends object
    ? { readonly [K in keyof T]: BeforeJson<T[K]> }
    : T;

/** An answer that the contract declares. */
export type RouteAnswer<R extends RouteContract> = {
  [S in keyof R['answers']]: R['answers'][S] extends AnswerContract
    ? {
        readonly status: S;
        readonly body: BeforeJson<z.output<R['answers'][S]['schema']>>;
        readonly headers?: Readonly<Record<string, string>>;
      }
    : never;
}[keyof R['answers']];
