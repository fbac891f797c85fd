// Answers of the console's own routes. The page imports the types.
import { z } from 'zod';

const serviceName = z.enum(['order', 'relay', 'inventory']);
export type ServiceName = z.infer<typeof serviceName>;

const view = <const S extends z.ZodRawShape>(shape: S) => z.object(shape).readonly();
const listOf = <S extends z.ZodType>(item: S) => z.array(item).readonly();

const instanceHealth = view({
  address: z.string().describe('Address and internal port.'),
  ready: z.boolean(),
  problems: listOf(view({ check: z.string(), reason: z.string() })).describe(
    'The failed checks of /readyz. The check `connection` means that the instance does not answer.',
  ),
  counters: z
    .record(z.string(), z.number())
    .readonly()
    .describe('Cumulative since the instance started. Empty if the instance does not answer.'),
});
export type InstanceHealth = z.infer<typeof instanceHealth>;

/** Answer of `GET /api/health`. */
export const health = view({
  at: z.iso.datetime(),
  services: listOf(view({ name: serviceName, instances: listOf(instanceHealth) })),
});
export type Health = z.infer<typeof health>;

const controlledProcess = view({
  name: z.string(),
  phase: z.enum(['up', 'down', 'starting', 'paused']),
  ready: z.boolean(),
  restarts: z.int(),
});
export type ControlledProcess = z.infer<typeof controlledProcess>;

const summary = {
  kind: z.enum(['demo', 'compose']),
  broker: z.enum(['kafka', 'direct']),
  commands: listOf(z.string()),
};

/** Answer of `GET /api/control`. */
export const control = view({ ...summary, processes: listOf(controlledProcess) });
export type Control = z.infer<typeof control>;

/** Answer of `GET /api/session`. */
export const session = view({
  console: view({ version: z.string() }),
  control: view(summary).nullable().describe('Null if the console cannot reach a control channel.'),
});
export type Session = z.infer<typeof session>;

/** Answer of `POST /api/control/:command`, except `verify`. */
export const commandAnswer = view({ text: z.string() });

/** Answer of `POST /api/control/verify`. */
export const verification = view({
  text: z.string(),
  ok: z.boolean(),
  checks: listOf(
    view({
      id: z.string(),
      title: z.string(),
      state: z.enum(['ok', 'failed', 'open']),
      detail: z.string().optional(),
    }),
  ),
});
export type Verification = z.infer<typeof verification>;
