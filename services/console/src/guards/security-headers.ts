import type { RequestHandler } from 'express';
import helmet from 'helmet';

const NONE = ["'none'"];
const SELF = ["'self'"];

/**
 * Sets the headers that keep a browser from running or loading anything that the console does not
 * serve itself, and from storing answers. A handler of static files replaces `Cache-Control`.
 */
export function securityHeaders(): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: NONE,
          scriptSrc: SELF,
          styleSrc: SELF,
          imgSrc: SELF,
          connectSrc: SELF,
          fontSrc: SELF,
          baseUri: NONE,
          formAction: NONE,
          frameAncestors: NONE,
        },
      },
      xFrameOptions: { action: 'deny' },
      // Browsers ignore it without TLS. With TLS, the proxy decides for its host.
      strictTransportSecurity: false,
    }),
    (_request, response, next) => {
      response.setHeader('Cache-Control', 'no-store');
      next();
    },
  ];
}
