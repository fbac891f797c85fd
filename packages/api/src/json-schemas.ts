import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * Converts zod schemas to JSON Schema and collects those with an `id` as components, which the
 * others refer to.
 */
export function createJsonSchemas() {
  const components: Record<string, JsonSchema> = {};

  function add(name: string, schema: JsonSchema): void {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new TypeError(`two schemas have the id ${name}`);
    components[name] = schema;
  }

  /** `input` is a value before zod's transformations, as clients send it. */
  function convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const options = {
      io,
      override: ({ zodSchema, jsonSchema }: Override) => describe(zodSchema, jsonSchema, io),
    };
    const text = JSON.stringify(z.toJSONSchema(schema, options));
    const {
      $schema,
      $defs = {},
      id,
      ...own
    } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema & {
      readonly $defs?: Record<string, JsonSchema>;
    };
    for (const [name, { id: _, ...definition }] of Object.entries($defs)) add(name, definition);
    if (typeof id !== 'string') return own;
    add(id, own);
    return { $ref: `#/components/schemas/${id}` };
  }

  return { components, convert };
}

interface Override {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: JsonSchema;
}

function describe(schema: z.core.$ZodTypes, json: JsonSchema, io: 'input' | 'output'): void {
  // Clients ignore unknown fields of answers, so that a newer server can add fields.
  if (io === 'output' && json.additionalProperties === false) delete json.additionalProperties;
  if (io === 'input') describeNumber(schema._zod.def, json);
}

/** A number in a query is sent as text. OpenAPI describes the number, which zod does not. */
function describeNumber(def: z.core.$ZodTypes['_zod']['def'], json: JsonSchema): void {
  if (def.type === 'default' && typeof def.defaultValue === 'number') json.default = def.defaultValue;
  if (def.type !== 'pipe' || def.out._zod.def.type !== 'number') return;
  for (const key of Object.keys(json)) delete json[key];
  const { $schema, ...number } = z.toJSONSchema(def.out);
  Object.assign(json, number);
}
