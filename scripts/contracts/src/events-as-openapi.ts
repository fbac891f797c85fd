interface Reference {
  readonly $ref: string;
}

interface Message {
  readonly name: string;
  readonly headers?: object;
  readonly payload: object;
}

export interface AsyncApiDocument {
  readonly asyncapi: string;
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, object>> }>
  >;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

export const isAsyncApi = (document: object): document is AsyncApiDocument => 'asyncapi' in document;
const isReference = (value: object): value is Reference => '$ref' in value;

/**
 * Presents each message of an AsyncAPI document as an OpenAPI operation that receives it and
 * answers with it, because the comparison knows directions only for OpenAPI. Both directions count:
 * - a new consumer reads records and rows that an old producer wrote, like a request;
 * - an old consumer reads what a new producer writes, like a response.
 */
export function toOpenApi({ channels, components }: AsyncApiDocument): object {
  const paths = Object.values(channels).flatMap(({ address, messages }) =>
    Object.values(messages)
      .filter(isReference)
      .map(({ $ref }) => {
        const message = components.messages[$ref.replace('#/components/messages/', '')];
        if (message === undefined) throw new TypeError(`no message ${$ref}`);
        const { name, headers = {}, payload } = message;
        const schema = { type: 'object', properties: { headers, payload }, required: ['headers', 'payload'] };
        const content = { 'application/json': { schema } };
        const operation = { requestBody: { required: true, content }, responses: { 200: { content } } };
        return [`/${address}/${name}`, { post: operation }];
      }),
  );
  return {
    openapi: '3.1.1',
    info: { title: 'events', version: '1' },
    paths: Object.fromEntries(paths),
    components: { schemas: components.schemas },
  };
}
