import { createHash, timingSafeEqual } from 'node:crypto';
import { throttleLog } from '@lmt/resilience';
import { type Logger, methodNotAllowed } from '@lmt/service-kit';
import type { Router } from 'express';
import { NOT_SIGNED_IN_PAGE, SIGN_IN_STYLE, SIGNED_IN_PAGE } from './pages.js';
import { endSession, requireSession, type SessionOptions, sessions, startSession } from './session.js';

export interface SignInOptions extends SessionOptions {
  readonly logger: Logger;
}

const hash = (text: string) => createHash('sha256').update(text).digest();

/**
 * Adds the sign-in, which needs the token. Every route that is added afterwards needs a session.
 */
export function signInRoutes(router: Router, { token, secure, logger }: SignInOptions): void {
  const expected = hash(token);
  const logRejected = throttleLog<object>((details, attempts) =>
    logger.warn({ ...details, attempts }, 'sign-in rejected: wrong token'),
  );
  router.use(sessions({ token, secure }));

  router
    .route('/sign-in')
    .get((request, response) => {
      const { token: given } = request.query;
      // timingSafeEqual needs equal lengths, and the length of the token is secret too.
      const matches = typeof given === 'string' && timingSafeEqual(hash(given), expected);
      if (matches) {
        startSession(request);
        logger.info('a browser signed in');
      } else {
        logRejected({});
        response.status(401).setHeader('WWW-Authenticate', 'SignInLink');
      }
      response.type('html').send(matches ? SIGNED_IN_PAGE : NOT_SIGNED_IN_PAGE);
    })
    .all(methodNotAllowed(['GET']));

  router.get('/sign-in.css', (_request, response) => void response.type('css').send(SIGN_IN_STYLE));

  // Browsers ask for it on the pages above, which have no icon.
  router.get('/favicon.ico', (_request, response) => void response.status(204).end());

  router.use(requireSession);

  router
    .route('/api/sign-out')
    .post((request, response) => {
      endSession(request);
      response.status(204).end();
    })
    .all(methodNotAllowed(['POST']));
}
