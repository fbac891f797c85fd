import { join } from 'node:path';
import express, { type Router } from 'express';

/**
 * Serves the built page in `folder`. Vite puts a hash of the content into the name of each file in
 * `assets`, so browsers keep these files for a year. Any other path is an address within the page.
 */
export function pageRoutes(router: Router, folder: string): void {
  const assets = express.static(join(folder, 'assets'), {
    index: false,
    redirect: false,
    setHeaders: (response) => response.setHeader('Cache-Control', 'public, max-age=31536000, immutable'),
  });
  router.use('/assets', assets);
  router.get('/{*view}', (request, response, next) => {
    const isView = !/^\/(?:api|assets)(?:\/|$)/.test(request.path);
    if (!isView || request.accepts(['json', 'html']) !== 'html') return next();
    // Never from a cache: an older index.html names assets that an update has removed.
    response.sendFile('index.html', { root: folder, lastModified: false });
  });
}
