/**
 * Of the order service's database sessions. Its transactions hold a row for milliseconds: a lock that is
 * not to be had within a second is somebody's who has forgotten it, or who died a moment ago.
 */
export const ORDER_SESSION_SETTINGS = { lock_timeout: '1000' } as const;
