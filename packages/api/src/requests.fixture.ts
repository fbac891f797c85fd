// Test support: requests that a document describes, and others that it does not.
import fc from 'fast-check';
import type { JsonSchema } from './json-schemas.js';
import type { OpenApiDocument, Operation } from './openapi-document.js';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly security: string | undefined;
}

type Components = OpenApiDocument['components']['schemas'];

/** Values that the schema accepts. Supports the keywords that the contracts use for requests. */
function valuesOf(schema: JsonSchema, components: Components): fc.Arbitrary<unknown> {
  const { $ref, type, enum: words, anyOf, pattern, format, properties = {}, required = [], items } = schema;
  const again = (inner: unknown) => valuesOf(inner as JsonSchema, components);
  if ($ref !== undefined) return again(components[$ref.split('/').at(-1) ?? '']);
  if ('const' in schema) return fc.constant(schema.const);
  if (words !== undefined) return fc.constantFrom(...words);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(again));
  switch (type) {
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9 });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(again(items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, again(value)])),
        {
          requiredKeys: required,
        },
      );
    case 'string':
      if (format === 'uuid') return fc.uuid();
      if (format === 'date-time')
        return fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
          .map((at) => at.toISOString());
      // The pattern of texts excludes characters, which fast-check cannot generate from.
      if (pattern !== undefined && !pattern.startsWith('^[^'))
        return fc.stringMatching(new RegExp(pattern, 'u'));
      return fc.string({
        unit: 'grapheme',
        minLength: schema.minLength ?? 0,
        maxLength: Math.min(schema.maxLength ?? 20, 20),
      });
    default:
      return fc.jsonValue();
  }
}

/** Mostly values of the schema, sometimes others. */
const mostly = (schema: JsonSchema, components: Components) =>
  fc.oneof({ arbitrary: valuesOf(schema, components), weight: 4 }, { arbitrary: fc.jsonValue(), weight: 1 });

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function parametersOf(operation: Operation, place: string, components: Components) {
  const own = operation.parameters.filter((parameter) => parameter.in === place);
  const values = own.map(({ name, schema }) => [name, mostly(schema, components).map(toText)] as const);
  return fc.record(Object.fromEntries(values), {
    requiredKeys: own.filter(({ required }) => required).map(({ name }) => name),
  });
}

// Header values that fetch can send.
const isSendable = (value: string) => /^[\x21-\x7e]+$/.test(value);

/** Requests to one operation. `known` has path parameters that exist, such as ids. */
export function requestsOf(
  document: OpenApiDocument,
  path: string,
  method: string,
  known: Readonly<Record<string, readonly string[]>> = {},
): fc.Arbitrary<ApiRequest> {
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new TypeError(`no ${method} ${path}`);
  const components = document.components.schemas;
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content && mostly(content.schema, components).map((value) => JSON.stringify(value));
  const existing = Object.entries(known).map(([name, values]) => [name, fc.constantFrom(...values)] as const);
  return fc
    .record({
      fromDocument: parametersOf(operation, 'path', components),
      existing: fc.option(fc.record(Object.fromEntries(existing))),
      query: parametersOf(operation, 'query', components),
      headers: parametersOf(operation, 'header', components),
      body: body ?? fc.constant(undefined),
    })
    .map(({ fromDocument, existing, query, headers, body }) => {
      const segments: Readonly<Record<string, string>> = { ...fromDocument, ...existing };
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent((segments[name] ?? '').toWellFormed().replace(/^\.*$/, 'x')),
      );
      const search = new URLSearchParams(query).toString();
      return {
        method: method.toUpperCase(),
        path: search === '' ? filled : `${filled}?${search}`,
        headers: {
          ...Object.fromEntries(Object.entries(headers).filter(([, value]) => isSendable(value))),
          ...(type !== undefined && { 'content-type': type }),
        },
        ...(body !== undefined && { body }),
        security: Object.keys(operation.security[0] ?? {})[0],
      };
    });
}
