export { renderDocsPage } from './docs-page.js';
export { createJsonSchemas } from './json-schemas.js';
export {
  type ApiDescription,
  createOpenApiDocument,
  type OpenApiDocument,
} from './openapi-document.js';
export { NO_ROUTE_DETAIL, problem } from './problems.js';
export {
  defineRoute,
  type RouteAnswer,
  type RouteContract,
  type RouteInput,
} from './route.js';
