import { defineRoute } from '@lmt/api';
import { z } from 'zod';

const readiness = z.object({
  status: z.enum(['ok', 'not ready']),
  checks: z.record(z.string(), z.string()).describe('`ok`, or the reason of a failed check, by check.'),
});

export const getHealth = defineRoute({
  method: 'get',
  path: '/healthz',
  id: 'getHealth',
  summary: 'Answers while the process runs',
  answers: { 200: { description: 'The process runs.', schema: z.object({ status: z.literal('ok') }) } },
});

export const getReadiness = defineRoute({
  method: 'get',
  path: '/readyz',
  id: 'getReadiness',
  summary: 'Returns whether the process can work',
  answers: {
    200: { description: 'The process can work.', schema: readiness },
    503: { description: 'A check failed.', schema: readiness },
  },
});

export const getMetrics = defineRoute({
  method: 'get',
  path: '/metrics',
  id: 'getMetrics',
  summary: 'Returns the metrics for Prometheus',
  answers: {
    200: {
      description: 'The metrics.',
      schema: z.string(),
      type: 'text/plain; version=0.0.4; charset=utf-8',
    },
  },
});

/** The contracts of `operationRoutes`, which every internal port has. */
export const operationContracts = [getHealth, getReadiness, getMetrics] as const;
