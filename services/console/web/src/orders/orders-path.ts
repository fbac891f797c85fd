import { toQuery } from '../api/request.ts';
import { readFilters } from '../lists/filters.ts';

/** The filters of the list, as the address names them. */
export const ORDER_FILTERS = ['status', 'customer', 'sku'] as const;

/** Returns the API path of the page of orders that the address names. */
export function toOrdersPath(params: URLSearchParams): string {
  const { status, customer, sku } = readFilters(params, ORDER_FILTERS);
  return `/orders${toQuery({ status, customerId: customer, sku, cursor: params.get('cursor') })}`;
}
