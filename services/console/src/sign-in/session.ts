import { createHmac } from 'node:crypto';
import { unauthorized } from '@lmt/service-kit';
import cookieSession from 'cookie-session';
import type { Request, RequestHandler } from 'express';
import { NOT_SIGNED_IN_PAGE, SIGN_IN_HINT } from './pages.js';

const SESSION_MS = 12 * 60 * 60 * 1_000;

export interface SessionOptions {
  readonly token: string;
  /** Whether browsers reach the console by https, through a proxy. */
  readonly secure: boolean;
}

/**
 * Reads and writes the session, which is kept in a signed cookie only. The key is derived from the
 * sign-in token, so sessions survive a restart and are valid at every console with the same token.
 */
export function sessions({ token, secure }: SessionOptions): RequestHandler[] {
  const derive = (purpose: string) => createHmac('sha256', token).update(purpose).digest('base64url');
  const cookies = cookieSession({
    // Browsers send cookies to all ports of a host. Two consoles on one machine have different
    // tokens, so neither overwrites the session of the other.
    name: `console-${derive('cookie name').slice(0, 8)}`,
    keys: [derive('cookie key')],
    maxAge: SESSION_MS,
    httpOnly: true,
    sameSite: 'strict',
    secure,
  });
  const declareHttps: RequestHandler = (request, _response, next) => {
    // cookie-session sets a secure cookie only if it sees https, which ends at the proxy.
    Object.defineProperty(request, 'protocol', { value: 'https' });
    next();
  };
  return secure ? [declareHttps, cookies] : [cookies];
}

export function startSession(request: Request): void {
  request.session = { endsAt: Date.now() + SESSION_MS };
}

export function endSession(request: Request): void {
  request.session = null;
}

/** The browser ends the cookie at the same time. A copy of the cookie ends only here. */
function hasSession(request: Request): boolean {
  const endsAt: unknown = request.session?.endsAt;
  return typeof endsAt === 'number' && Date.now() < endsAt;
}

/**
 * Admits requests with a session. Answers any other request with 401: with a page that shows where
 * the sign-in link is if the client prefers HTML, otherwise with a problem.
 */
export const requireSession: RequestHandler = (request, response, next) => {
  if (hasSession(request)) return next();
  const problem = unauthorized(`Sign in first. ${SIGN_IN_HINT}`, 'SignInLink');
  if (request.path.startsWith('/api/') || request.accepts(['json', 'html']) !== 'html') throw problem;
  response.status(problem.status).set(problem.headers).type('html').send(NOT_SIGNED_IN_PAGE);
};
