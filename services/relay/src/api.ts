import type { ApiDescription } from '@lmt/api';
import { API_VERSION } from '@lmt/contracts/routes';
import { operationContracts } from '@lmt/service-kit';

export const api: ApiDescription = {
  title: 'Relay',
  version: API_VERSION,
  description:
    'For probes. The relay has no other routes; `asyncapi.json` describes the events that it sends.',
  routes: operationContracts,
};
