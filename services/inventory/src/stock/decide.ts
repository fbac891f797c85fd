import type { OrderItem } from '@lmt/contracts';

/** What a message asks for. */
export type StockRequest =
  | { readonly kind: 'place'; readonly orderId: string; readonly items: readonly OrderItem[] }
  | { readonly kind: 'cancel'; readonly orderId: string };

/**
 * RESERVED: deducted. REJECTED: could not be served. RELEASED: deducted and given back. CANCELLED: a
 * tombstone, cancelled before it was placed.
 */
export type ReservationStatus = 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED';

/** What became of an order here. */
export interface Reservation {
  readonly orderId: string;
  readonly status: ReservationStatus;
  readonly reason: string | null;
}

export interface Movement {
  readonly orderId: string;
  readonly sku: string;
  readonly kind: 'DEDUCT' | 'RELEASE';
  readonly delta: number;
  /** What is left after it. */
  readonly left: number;
}

/** What a batch finds: the rows it holds locks on. A sku that is not in `available` does not exist. */
export interface StockState {
  readonly available: ReadonlyMap<string, number>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** What the RESERVED orders that may be cancelled took, from their movements. */
  readonly deducted: ReadonlyMap<string, readonly OrderItem[]>;
}

export type StockOutcome =
  | { readonly outcome: 'SUCCEEDED' }
  | { readonly outcome: 'REJECTED'; readonly reason: string };

/** What one request comes to. */
export interface StockEffect {
  readonly outcome: StockOutcome;
  /** The order's reservation from then on. */
  readonly reservation: Reservation;
  /** Whether this request made or changed the reservation. */
  readonly changed: boolean;
  readonly movements: readonly Movement[];
}

/** What a batch changes. */
export interface StockDecision {
  /** One a request, in the order given. */
  readonly effects: readonly StockEffect[];
  /** As they are after the batch, those that it made or changed. */
  readonly reservations: readonly Reservation[];
  /** In the order in which they happen. */
  readonly movements: readonly Movement[];
}

const SUCCEEDED: StockOutcome = { outcome: 'SUCCEEDED' };

function outcomeOfPlacing({ status, reason }: Reservation): StockOutcome {
  switch (status) {
    case 'RESERVED':
      return SUCCEEDED;
    case 'REJECTED':
      return { outcome: 'REJECTED', reason: reason ?? 'rejected' };
    case 'RELEASED':
    case 'CANCELLED':
      return { outcome: 'REJECTED', reason: 'the order was cancelled' };
  }
}

function shortage(items: readonly OrderItem[], available: ReadonlyMap<string, number>): string | null {
  for (const { sku, quantity } of items) {
    const left = available.get(sku);
    if (left === undefined) return `unknown sku ${sku}`;
    if (left < quantity) return `not enough ${sku}: ${quantity} ordered, ${left} available`;
  }
  return null;
}

/**
 * Decides on requests in the order given.
 *
 * Placing: wholly or not at all. With every line available all are deducted, else the order is
 * REJECTED with the first line that can't be served. An order that has a reservation already keeps
 * it: no order deducts twice, and one that was cancelled before deducts nothing.
 *
 * Cancelling always SUCCEEDS: a RESERVED order gives back what its own movements say that it took,
 * not what a message says; an order that never came leaves a tombstone; a REJECTED one took nothing
 * and keeps its reason; a second cancelling changes nothing.
 *
 * So the first effect on an order decides: its movements add up to its quantities or to nothing.
 * Pure: the same state and requests give the same decision, in one batch as in many.
 */
export function decideStock(state: StockState, requests: readonly StockRequest[]): StockDecision {
  const available = new Map(state.available);
  const known = new Map(state.reservations);
  const deducted = new Map(state.deducted);
  const changed = new Map<string, Reservation>();
  const movements: Movement[] = [];

  function move(orderId: string, kind: Movement['kind'], items: readonly OrderItem[]): Movement[] {
    const sign = kind === 'DEDUCT' ? -1 : 1;
    return items.map(({ sku, quantity }) => {
      const delta = sign * quantity;
      const left = (available.get(sku) ?? 0) + delta;
      available.set(sku, left);
      const movement: Movement = { orderId, sku, kind, delta, left };
      movements.push(movement);
      return movement;
    });
  }

  function change(reservation: Reservation): void {
    known.set(reservation.orderId, reservation);
    changed.set(reservation.orderId, reservation);
  }

  function place(orderId: string, items: readonly OrderItem[]): StockEffect {
    const existing = known.get(orderId);
    if (existing !== undefined) return unchanged(existing, outcomeOfPlacing(existing));
    const reason = shortage(items, available);
    const reservation: Reservation = { orderId, status: reason === null ? 'RESERVED' : 'REJECTED', reason };
    change(reservation);
    const moved = reason === null ? move(orderId, 'DEDUCT', items) : [];
    if (reason === null) deducted.set(orderId, items);
    return { outcome: outcomeOfPlacing(reservation), reservation, changed: true, movements: moved };
  }

  function cancel(orderId: string): StockEffect {
    const existing = known.get(orderId);
    if (existing !== undefined && existing.status !== 'RESERVED') return unchanged(existing, SUCCEEDED);
    const status = existing === undefined ? 'CANCELLED' : 'RELEASED';
    const reservation: Reservation = { orderId, status, reason: null };
    change(reservation);
    const moved = existing === undefined ? [] : move(orderId, 'RELEASE', deducted.get(orderId) ?? []);
    return { outcome: SUCCEEDED, reservation, changed: true, movements: moved };
  }

  const effects = requests.map((request) =>
    request.kind === 'place' ? place(request.orderId, request.items) : cancel(request.orderId),
  );
  return { effects, reservations: [...changed.values()], movements };
}

function unchanged(reservation: Reservation, outcome: StockOutcome): StockEffect {
  return { outcome, reservation, changed: false, movements: [] };
}
