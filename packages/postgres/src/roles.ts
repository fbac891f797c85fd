/**
 * The login roles: one per kind of process, and `auditor`, which only reads. Migrations grant the
 * rights.
 */
export const ROLES = {
  owner: 'lmt_owner',
  order: 'lmt_order_service',
  relay: 'lmt_relay',
  inventory: 'lmt_inventory_service',
  auditor: 'lmt_auditor',
} as const;

export type Role = keyof typeof ROLES;
export type Database = 'order' | 'inventory';

/** The roles that may connect to each database, beside its owner. */
export const USERS = {
  order: [ROLES.order, ROLES.relay, ROLES.auditor],
  inventory: [ROLES.inventory, ROLES.auditor],
} as const;
