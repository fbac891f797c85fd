import type { OrderItem } from '@lmt/contracts';

export type StockRequest =
  | { readonly kind: 'place'; readonly orderId: string; readonly items: readonly OrderItem[] }
  | { readonly kind: 'cancel'; readonly orderId: string };

/**
 * - RESERVED: the stock is deducted.
 * - REJECTED: a sku was unknown or its stock was too low.
 * - RELEASED: the stock was deducted and then given back.
 * - CANCELLED: a tombstone, because the cancellation arrived before the placement.
 */
export type ReservationStatus = 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED';

/** State of an order in the inventory. */
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
  /** Available stock after this movement. */
  readonly left: number;
}

/** State of the locked rows. A sku that is not in `available` does not exist. */
export interface StockState {
  readonly available: ReadonlyMap<string, number>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** Items that movements record as deducted, for RESERVED orders that the batch may cancel. */
  readonly deducted: ReadonlyMap<string, readonly OrderItem[]>;
}

export type StockOutcome =
  | { readonly outcome: 'SUCCEEDED' }
  | { readonly outcome: 'REJECTED'; readonly reason: string };

/** Effect of one request. */
export interface StockEffect {
  readonly outcome: StockOutcome;
  /** The order's reservation after the request. */
  readonly reservation: Reservation;
  /** Whether this request created or changed the reservation. */
  readonly changed: boolean;
  readonly movements: readonly Movement[];
}

/** Effects of a batch, and the rows that the batch changes. */
export interface StockDecision {
  /** One per request, in the order given. */
  readonly effects: readonly StockEffect[];
  /** The created or changed reservations, as they are after the batch. */
  readonly reservations: readonly Reservation[];
  /** In the order of the requests. */
  readonly movements: readonly Movement[];
}

const SUCCEEDED: StockOutcome = { outcome: 'SUCCEEDED' };

function toOutcome({ status, reason }: Reservation): StockOutcome {
  if (status === 'RESERVED') return SUCCEEDED;
  const why = status === 'REJECTED' ? (reason ?? 'rejected') : 'the order was cancelled';
  return { outcome: 'REJECTED', reason: why };
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
 * Placing is all or nothing. If every item is available, all items are deducted. Otherwise the
 * order is REJECTED and the reason names the first unavailable item. An existing reservation does
 * not change, so no order deducts twice and an order cancelled earlier deducts nothing.
 *
 * Cancelling always succeeds. A RESERVED order gives back the stock that its own movements record,
 * not the items of a message. An unknown order leaves a tombstone. A REJECTED order has deducted
 * nothing and keeps its reason. A second cancellation changes nothing.
 *
 * An order's movements therefore add up either to its quantities or to zero. The function is pure:
 * the same state and requests give the same decision, in one batch or in several.
 */
export function decideStock(state: StockState, requests: readonly StockRequest[]): StockDecision {
  const available = new Map(state.available);
  const known = new Map(state.reservations);
  const deducted = new Map(state.deducted);

  function move(orderId: string, kind: Movement['kind'], items: readonly OrderItem[]): Movement[] {
    const sign = kind === 'DEDUCT' ? -1 : 1;
    return items.map(({ sku, quantity }) => {
      const delta = sign * quantity;
      const left = (available.get(sku) ?? 0) + delta;
      available.set(sku, left);
      return { orderId, sku, kind, delta, left };
    });
  }

  function change(reservation: Reservation, outcome: StockOutcome, movements: Movement[]): StockEffect {
    known.set(reservation.orderId, reservation);
    return { outcome, reservation, changed: true, movements };
  }

  function place(orderId: string, items: readonly OrderItem[]): StockEffect {
    const existing = known.get(orderId);
    if (existing !== undefined) return unchanged(existing, toOutcome(existing));
    const reason = shortage(items, available);
    if (reason !== null)
      return change({ orderId, status: 'REJECTED', reason }, { outcome: 'REJECTED', reason }, []);
    deducted.set(orderId, items);
    return change({ orderId, status: 'RESERVED', reason }, SUCCEEDED, move(orderId, 'DEDUCT', items));
  }

  function cancel(orderId: string): StockEffect {
    const existing = known.get(orderId);
    if (existing !== undefined && existing.status !== 'RESERVED') return unchanged(existing, SUCCEEDED);
    if (existing === undefined) return change({ orderId, status: 'CANCELLED', reason: null }, SUCCEEDED, []);
    const released = move(orderId, 'RELEASE', deducted.get(orderId) ?? []);
    return change({ orderId, status: 'RELEASED', reason: null }, SUCCEEDED, released);
  }

  const effects = requests.map((request) =>
    request.kind === 'place' ? place(request.orderId, request.items) : cancel(request.orderId),
  );
  const changes = effects.filter(({ changed }) => changed);
  const reservations = new Map(changes.map(({ reservation }) => [reservation.orderId, reservation]));
  return {
    effects,
    reservations: [...reservations.values()],
    movements: changes.flatMap(({ movements }) => movements),
  };
}

function unchanged(reservation: Reservation, outcome: StockOutcome): StockEffect {
  return { outcome, reservation, changed: false, movements: [] };
}
