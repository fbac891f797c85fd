export { renderDocsPage } from './docs-page.js';
export { createJsonSchemas, type JsonSchema } from './json-schemas.js';
export {
  type ApiDescription,
  createOpenApiDocument,
  type OpenApiDocument,
  type OpenApiResponse,
  type Operation,
  type Parameter,
} from './openapi-document.js';
export { commonProblems, problem } from './problems.js';
export {
  type AnswerContract,
  defineRoute,
  type RouteAnswer,
  type RouteContract,
  type RouteInput,
} from './route.js';
