import type { RouteAnswer, RouteContract, RouteInput } from '@lmt/api';
import type { Request, RequestHandler, Router } from 'express';
import { methodNotAllowed } from '../problem/problem-handler.js';
import { sendJson } from './json.js';
import { parseInput } from './parse-input.js';

/** A contract and the function that fulfils it. */
export interface Route {
  readonly contract: RouteContract;
  /** Express handlers that run first and authorise the caller. */
  readonly guards: readonly RequestHandler[];
  readonly handler: RequestHandler;
}

type Handle<R extends RouteContract> = (
  input: RouteInput<R>,
  request: Request,
) => RouteAnswer<R> | Promise<RouteAnswer<R>>;

/**
 * Joins a contract with its handler: `route(contract, ...guards).answer(handle)`. The handler gets
 * the parsed input and returns one of the answers of the contract. It throws a Problem for any
 * other answer.
 */
export function route<R extends RouteContract>(contract: R, ...guards: readonly RequestHandler[]) {
  return {
    answer: (handle: Handle<R>): Route => ({ contract, guards, handler: toHandler(contract, handle) }),
  };
}

function toHandler<R extends RouteContract>(contract: R, handle: Handle<R>): RequestHandler {
  const { params, query, headers, body, bodyOptional } = contract;
  return async (request, response) => {
    const sent: unknown = bodyOptional ? (request.body ?? {}) : request.body;
    const input = {
      params: params && parseInput(params, request.params, 'path'),
      query: query && parseInput(query, request.query, 'query'),
      body: body && parseInput(body, sent, 'body'),
      headers: headers && parseInput(headers, request.headers, 'headers'),
    };
    // The schemas of the contract made the parts that its type declares.
    const answer = await handle(input as RouteInput<R>, request);
    for (const name in answer.headers) response.setHeader(name, answer.headers[name] ?? '');
    sendJson(response, Number(answer.status), answer.body);
  };
}

/** Adds routes. Answers the other methods of their paths with 405. */
export function addRoutes(router: Router, routes: readonly Route[]): void {
  for (const path of new Set(routes.map(({ contract }) => contract.path))) {
    const own = routes.filter(({ contract }) => contract.path === path);
    const added = router.route(path);
    for (const { contract, guards, handler } of own) added[contract.method](...guards, handler);
    added.all(methodNotAllowed(own.map(({ contract }) => contract.method.toUpperCase()).sort()));
  }
}
