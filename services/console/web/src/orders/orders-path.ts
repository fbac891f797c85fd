import { toQuery } from '../api/request.ts';
import { readFilters } from '../lists/filters.ts';

/** The filters of the list, as the address names them. */
export const ORDER_FILTERS = ['status', 'customerId', 'sku'] as const;

/** Returns the API path of the page of orders that the address names. */
export function toOrdersPath(params: URLSearchParams): string {
  return `/orders${toQuery({ ...readFilters(params, ORDER_FILTERS), cursor: params.get('cursor') })}`;
}
