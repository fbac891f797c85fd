import type { OrderItem } from '@lmt/contracts';

/** An order to be served from stock. */
export interface Placement {
  readonly orderId: string;
  readonly items: readonly OrderItem[];
}

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
  readonly kind: 'DEDUCT';
  readonly delta: number;
  /** What is left after it. */
  readonly left: number;
}

/** What a batch finds: the rows it holds locks on. A sku that is not in `available` does not exist. */
export interface StockState {
  readonly available: ReadonlyMap<string, number>;
  readonly reservations: ReadonlyMap<string, Reservation>;
}

export type PlacementOutcome =
  | { readonly outcome: 'SUCCEEDED' }
  | { readonly outcome: 'REJECTED'; readonly reason: string };

/** What a batch changes. */
export interface StockDecision {
  /** One a placement, in the order given. */
  readonly outcomes: readonly PlacementOutcome[];
  readonly reservations: readonly Reservation[];
  readonly movements: readonly Movement[];
}

function shortage(items: readonly OrderItem[], available: ReadonlyMap<string, number>): string | null {
  for (const { sku, quantity } of items) {
    const left = available.get(sku);
    if (left === undefined) return `unknown sku ${sku}`;
    if (left < quantity) return `not enough ${sku}: ${quantity} ordered, ${left} available`;
  }
  return null;
}

function outcomeOf(reservation: Reservation): PlacementOutcome {
  switch (reservation.status) {
    case 'RESERVED':
      return { outcome: 'SUCCEEDED' };
    case 'REJECTED':
      return { outcome: 'REJECTED', reason: reservation.reason ?? 'rejected' };
    case 'RELEASED':
    case 'CANCELLED':
      return { outcome: 'REJECTED', reason: 'the order was cancelled' };
  }
}

/**
 * Serves placements in the order given, each wholly or not at all: with every line available all are
 * deducted, else the order is rejected with the first line that can't be served and nothing of it is
 * deducted. An order that has a reservation already, also from earlier in the same batch, keeps it
 * and moves no stock. Pure: the same state and placements give the same decision.
 */
export function decideStock(state: StockState, placements: readonly Placement[]): StockDecision {
  const available = new Map(state.available);
  const known = new Map(state.reservations);
  const reservations: Reservation[] = [];
  const movements: Movement[] = [];

  const outcomes = placements.map(({ orderId, items }): PlacementOutcome => {
    const existing = known.get(orderId);
    if (existing !== undefined) return outcomeOf(existing);
    const reason = shortage(items, available);
    const status = reason === null ? 'RESERVED' : 'REJECTED';
    const reservation: Reservation = { orderId, status, reason };
    known.set(orderId, reservation);
    reservations.push(reservation);
    if (reason === null) {
      for (const { sku, quantity } of items) {
        const left = (available.get(sku) ?? 0) - quantity;
        available.set(sku, left);
        movements.push({ orderId, sku, kind: 'DEDUCT', delta: -quantity, left });
      }
    }
    return outcomeOf(reservation);
  });

  return { outcomes, reservations, movements };
}
