import { z } from 'zod';
import type { RouteContract } from './route.js';

/** Body of an error answer, as RFC 9457 defines it. */
export const problem = z
  .object({
    type: z.enum(['about:blank', 'urn:problem:invalid-input']),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('The invalid fields. Only with type `urn:problem:invalid-input`.'),
  })
  .meta({ id: 'Problem' });

/**
 * `detail` of the 404 of a path without a route. It lets a client distinguish a wrong port from a
 * missing item.
 */
export const NO_ROUTE_DETAIL = 'There is nothing at this path.';

/** The problems that every server answers with, whatever the route does. */
export function commonProblems({ auth, body, bodyOptional }: RouteContract): Record<number, string> {
  const readsBody = body !== undefined || bodyOptional === true;
  return {
    400: 'The request is invalid; `errors` names the fields.',
    ...(auth && { 401: 'The request is not authorised.' }),
    ...(readsBody && { 413: 'The body is too large.', 415: 'The body is not JSON in UTF-8.' }),
    ...(auth === 'session' && { 403: 'The host name or the origin is foreign.' }),
    500: 'The server failed to handle the request.',
    503: 'A later attempt may succeed.',
  };
}
