import { type ApiDescription, createOpenApiDocument, renderDocsPage } from '@lmt/api';
import type { Router } from 'express';
import { methodNotAllowed } from '../problem/problem-handler.js';
import { sendJson } from './json.js';

/**
 * Adds /openapi.json and /docs, a page of the same content that loads no other file.
 * `createAsyncApi` adds /asyncapi.json.
 */
export function documentRoutes(router: Router, api: ApiDescription, createAsyncApi?: () => object): void {
  const getOnly = methodNotAllowed(['GET']);
  // Built at the first request, because most processes never get one.
  let built: { readonly json: string; readonly page: string } | undefined;
  const build = () => {
    const document = createOpenApiDocument(api);
    built ??= { json: JSON.stringify(document), page: renderDocsPage(document) };
    return built;
  };
  router
    .route('/openapi.json')
    .get((_request, response) => void response.type('json').end((built ?? build()).json))
    .all(getOnly);
  if (createAsyncApi)
    router
      .route('/asyncapi.json')
      .get((_request, response) => sendJson(response, 200, createAsyncApi()))
      .all(getOnly);
  router
    .route('/docs')
    .get((_request, response) => {
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
      response.type('html').end((built ?? build()).page);
    })
    .all(getOnly);
}
