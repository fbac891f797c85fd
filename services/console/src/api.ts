import { type ApiDescription, defineRoute, type RouteContract } from '@lmt/api';
import { API_VERSION, messageRoutes, orderRoutes, stockRoutes } from '@lmt/contracts/routes';
import { z } from 'zod';
import { commandAnswer, control, health, session, verification } from './views.js';

const auth = 'session';

/** A service's route as the console forwards it: the session replaces the operator's token. */
const forwarded = (contract: RouteContract): RouteContract => ({
  ...contract,
  auth,
  path: `/api${contract.path}`,
});

/** The console's own routes. */
export const consoleContracts = [
  defineRoute({
    method: 'get',
    path: '/api/session',
    id: 'getSession',
    summary: 'Returns the version and the commands of the control channel',
    auth,
    answers: { 200: { description: 'The session.', schema: session } },
  }),
  defineRoute({
    method: 'get',
    path: '/api/health',
    id: 'getSystemHealth',
    summary: 'Returns the readiness and the counters of every instance',
    auth,
    answers: { 200: { description: 'The health.', schema: health } },
  }),
  defineRoute({
    method: 'get',
    path: '/api/control',
    id: 'getControl',
    summary: 'Returns the processes of the control channel',
    auth,
    answers: { 200: { description: 'The processes.', schema: control } },
    problems: { 404: 'There is no control channel.' },
  }),
  defineRoute({
    method: 'post',
    path: '/api/control/:command',
    id: 'runCommand',
    summary: 'Runs a command of the control channel',
    auth,
    params: z.object({ command: z.string() }),
    bodyOptional: true,
    answers: {
      200: {
        description: 'The result of `verify`, or a line for display.',
        schema: z.union([verification, commandAnswer]),
      },
    },
    problems: {
      404: 'There is no control channel, or no such command.',
      409: 'The command failed.',
    },
  }),
];

export const api: ApiDescription = {
  title: 'Console',
  version: API_VERSION,
  description:
    "The console's own routes, and the services' routes below `/api`. A POST needs the `Origin` of the console.",
  routes: [
    ...consoleContracts,
    ...[
      ...orderRoutes.orderContracts,
      ...messageRoutes.operatorContracts,
      ...stockRoutes.stockContracts,
      ...stockRoutes.inventoryInternalContracts,
    ].map(forwarded),
  ],
};
