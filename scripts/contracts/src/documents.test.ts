import type { OpenApiDocument } from '@lmt/api';
import { expect, it } from 'vitest';
import { createDocuments } from './documents.js';

const { 'events.json': _, ...documents } = createDocuments();
const operations = Object.values(documents).flatMap((document) =>
  Object.values((document as OpenApiDocument).paths).flatMap((methods) => Object.values(methods)),
);

it.each(operations.map((operation) => [operation.operationId, operation] as const))(
  '%s has an example of each part that a request must have',
  (_, { parameters, requestBody }) => {
    const required = parameters.filter((parameter) => parameter.required);
    const bodies = Object.values(requestBody?.content ?? {});
    for (const part of [...required, ...bodies]) expect(part).toHaveProperty('example');
  },
);
