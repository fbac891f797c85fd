import type { z } from 'zod';
import { createJsonSchemas, type JsonSchema } from './json-schemas.js';
import { commonProblems, problem } from './problems.js';
import type { Authorisation, RouteContract } from './route.js';

export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly routes: readonly RouteContract[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly example?: string | number;
}

interface Content {
  readonly [type: string]: { readonly schema: JsonSchema; readonly example?: unknown };
}

export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { description: string; schema: JsonSchema }>>;
  readonly content: Content;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: Readonly<Record<'title' | 'version' | 'description', string>> & { readonly license: object };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const SECURITY: Readonly<Record<Authorisation, object>> = {
  operator: { type: 'http', scheme: 'bearer', description: "An operator's token." },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description:
      'Standard Webhooks: `webhook-id`, `webhook-timestamp` (5 minutes of tolerance) and `webhook-signature` (`v1`, HMAC-SHA256 over id, timestamp and body).',
  },
  session: { type: 'apiKey', in: 'cookie', name: 'session', description: 'The sign-in link sets it.' },
};

const PLACES = { params: 'path', query: 'query', headers: 'header' } as const;

/** Builds the OpenAPI 3.1 document of the routes. */
export function createOpenApiDocument({ routes, ...info }: ApiDescription): OpenApiDocument {
  const { components, convert } = createJsonSchemas();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const others = paths[path];
    if (others?.[route.method]) throw new TypeError(`two routes for ${route.method} ${path}`);
    paths[path] = { ...others, [route.method]: describeRoute(route, convert) };
  }
  const used = new Set(routes.flatMap(({ auth }) => auth ?? []));
  return {
    openapi: '3.1.1',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components,
      securitySchemes: Object.fromEntries([...used].map((name) => [name, SECURITY[name]])),
    },
  };
}

type Convert = ReturnType<typeof createJsonSchemas>['convert'];

function describeRoute(route: RouteContract, convert: Convert): Operation {
  const { id, summary, description, auth, body, bodyOptional = false, example = {} } = route;
  const parameters = (['params', 'query', 'headers'] as const).flatMap((part) =>
    describeParameters(route[part], PLACES[part], example[part], convert),
  );
  const problems = { ...commonProblems(route), ...route.problems };
  return {
    operationId: id,
    summary,
    ...(description && { description }),
    security: auth ? [{ [auth]: [] }] : [],
    parameters,
    ...(body && {
      requestBody: {
        required: !bodyOptional,
        content: {
          [route.bodyType ?? 'application/json']: {
            schema: convert(body, 'input'),
            ...(example.body !== undefined && { example: example.body }),
          },
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(
          ([status, { description, schema, headers, type = 'application/json' }]) => [
            status,
            {
              description,
              ...(headers && { headers: describeHeaders(headers) }),
              content: { [type]: { schema: convert(schema, 'output') } },
            },
          ],
        ),
      ),
      ...Object.fromEntries(
        Object.entries(problems)
          .filter(([status]) => !(status in route.answers))
          .map(([status, description]) => [
            status,
            { description, content: { 'application/problem+json': { schema: convert(problem, 'output') } } },
          ]),
      ),
    },
  };
}

function describeHeaders(headers: Readonly<Record<string, string>>) {
  const schema: JsonSchema = { type: 'string' };
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema }]),
  );
}

function describeParameters(
  object: z.ZodObject | undefined,
  place: Parameter['in'],
  examples: Readonly<Record<string, string>> = {},
  convert: Convert,
): Parameter[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = convert(object, 'input');
  return Object.entries(properties).map(([name, schema]) => {
    const { description, ...rest } = schema as JsonSchema;
    const example = examples[name];
    return {
      name,
      in: place,
      required: required.includes(name),
      ...(description && { description }),
      schema: rest,
      ...(example !== undefined && { example: rest.type === 'integer' ? Number(example) : example }),
    };
  });
}
