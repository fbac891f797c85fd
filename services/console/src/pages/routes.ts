import { extname, join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';

// The names of assets contain a hash of their content, so browsers keep them for a year.
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

/**
 * Serves the built page in `folder`: the files in `assets`, compressed for browsers that accept
 * Brotli. Any other path is an address within the page.
 */
export function pageRoutes(router: Router, folder: string): void {
  const assets = join(folder, 'assets');
  const plain = express.static(assets, {
    index: false,
    redirect: false,
    setHeaders: (response) => response.setHeader('Cache-Control', CACHE_CONTROL),
  });
  router.get('/assets/:name', sendCompressed(assets));
  router.use('/assets', plain);
  router.get('/{*view}', (request, response, next) => {
    const isView = !/^\/(?:api|assets)(?:\/|$)/.test(request.path);
    // A client that accepts anything, such as curl, gets the page at `/` only. Elsewhere it gets a
    // 404, so that a probe of a path of the internal port, such as /healthz, fails.
    const types = request.path === '/' ? ['html', 'json'] : ['json', 'html'];
    if (!isView || request.accepts(types) !== 'html') return next();
    // Never from a cache: an older index.html names assets that an update has removed.
    response.sendFile('index.html', { root: folder, lastModified: false });
  });
}

/** Sends the file `<name>.br` of the build. Passes on requests for files that are not compressed. */
function sendCompressed(folder: string): RequestHandler<{ name: string }> {
  return (request, response, next) => {
    response.vary('Accept-Encoding');
    if (!request.acceptsEncodings().includes('br')) return next();
    const { name } = request.params;
    const headers = { 'Cache-Control': CACHE_CONTROL, 'Content-Encoding': 'br' };
    response.type(extname(name));
    response.sendFile(`${name}.br`, { root: folder, headers }, (error) => {
      if (error && !response.headersSent) next();
    });
  };
}
