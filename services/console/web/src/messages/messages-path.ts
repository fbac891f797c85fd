import { toQuery } from '../api/request.ts';
import { readFilters } from '../lists/filters.ts';

/** The filters of the list, as the address names them. `after` and `before` are times in UTC. */
export const MESSAGE_FILTERS = ['status', 'type', 'key', 'error', 'after', 'before'] as const;

/** Returns the API path of the page of messages that the address names. */
export function toMessagesPath(params: URLSearchParams): string {
  const { after, before, ...filters } = readFilters(params, MESSAGE_FILTERS);
  const cursor = params.get('cursor');
  return `/messages${toQuery({ ...filters, createdAfter: after, createdBefore: before, cursor })}`;
}
