import { methodNotAllowed, notFound, sendJson } from '@lmt/service-kit';
import type { Router } from 'express';
import { type ForwardOptions, forwardRead, forwardWrite, readUpstream } from '../proxy/forward.js';
import type { Upstream } from '../proxy/upstream.js';
import type { Control, Session } from '../views.js';

export interface ControlOptions extends ForwardOptions {
  /** The control channel. Null in production. */
  readonly control: Upstream | null;
  readonly version: string;
}

// A command waits until its process is ready. Less than the 60 s after which the server cuts a
// connection without traffic.
const COMMAND_MS = 55_000;
// The demo answers within about 2 s, even while a service waits for a paused database.
const STATE_MS = 5_000;

/** Adds the control channel, which stops and starts processes and runs verify. */
export function controlRoutes(router: Router, { control, version, ...options }: ControlOptions): void {
  const state = control && { upstream: control, path: '/', timeoutMs: STATE_MS };

  router
    .route('/api/session')
    .get(async (_request, response) => {
      const summary =
        state &&
        (await readUpstream(options, state).then(
          ({ body }) => toSummary(body),
          () => null,
        ));
      sendJson(response, 200, { console: { version }, control: summary } satisfies Session);
    })
    .all(methodNotAllowed(['GET']));

  if (control === null || state === null) {
    router.use('/api/control', () => {
      throw notFound('This console has no control channel: CONTROL_URL is not set.');
    });
    return;
  }
  router
    .route('/api/control')
    .get(forwardRead(options, state))
    .all(methodNotAllowed(['GET']));
  router
    .route('/api/control/:command')
    .post(forwardWrite(options, { upstream: control, path: '/:command', timeoutMs: COMMAND_MS }))
    .all(methodNotAllowed(['POST']));
}

/** Returns null for an answer that is not from a control channel, such as a problem. */
function toSummary(body: Buffer): Session['control'] {
  try {
    const { kind, broker, commands } = JSON.parse(body.toString()) as Control;
    return Array.isArray(commands) ? { kind, broker, commands } : null;
  } catch {
    return null;
  }
}
