// Test support: compares a running server with its document.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema } from './json-schemas.js';
import {
  type ApiDescription,
  createOpenApiDocument,
  type OpenApiDocument,
  type Operation,
} from './openapi-document.js';

export { type ApiRequest, requestsOf } from './requests.fixture.js';

export interface SeenAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/**
 * Lints an OpenAPI or AsyncAPI document with the recommended rules. Returns the faults, warnings
 * included.
 */
export async function lint(document: object): Promise<string[]> {
  const config = await createConfig({
    extends: ['recommended'],
    // How a broker authorises its clients is a setting of the installation.
    async3Rules: { 'security-defined': 'off' },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

function findOperation(document: OpenApiDocument, method: string, path: string): Operation | undefined {
  const matches = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const template = document.paths[path] ? path : Object.keys(document.paths).find(matches);
  return template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
}

/** Answers may have more fields than the document, but in a test an undeclared field is a fault. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...closed, additionalProperties: false }
    : closed;
}

/** Returns a function that throws if an answer differs from the document. */
export function createAnswerCheck(document: OpenApiDocument): (answer: SeenAnswer) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validators = new Map<JsonSchema, ValidateFunction>();

  function compile(schema: JsonSchema): ValidateFunction {
    const known = validators.get(schema);
    const root = { ...schema, components: document.components };
    const validate = known ?? ajv.compile(close(root) as object);
    validators.set(schema, validate);
    return validate;
  }

  return ({ method, path, status, type, text }) => {
    const name = `${method} ${path}: ${status}`;
    const operation = findOperation(document, method, path);
    // An unknown path or method. Node itself answers bytes that are not HTTP.
    if (operation === undefined) return;
    const response = operation.responses[status];
    if (response === undefined) throw new Error(`${name} is not declared`);
    const [expected = '', content] = Object.entries(response.content)[0] ?? [];
    const media = (value: string | null) => value?.split(';')[0]?.trim();
    if (media(type) !== media(expected)) throw new Error(`${name} has the type ${type}, not ${expected}`);
    if (content === undefined || !expected.includes('json')) return;
    const validate = compile(content.schema);
    if (!validate(JSON.parse(text)))
      throw new Error(`${name} differs from its schema: ${ajv.errorsText(validate.errors)}\n${text}`);
  };
}

/** Makes a `fetch` that throws if an answer differs from the document of the API. */
export function createCheckedFetch(api: ApiDescription): typeof fetch {
  const check = createAnswerCheck(createOpenApiDocument(api));
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname: path } = new URL(input instanceof Request ? input.url : input);
    const type = response.headers.get('content-type');
    const text = await response.clone().text();
    check({ method: init?.method ?? 'GET', path, status: response.status, type, text });
    return response;
  };
}
