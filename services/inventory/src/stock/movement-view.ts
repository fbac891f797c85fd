import type { StockMovementView } from '@lmt/contracts';

/** A row of `stock_movements`, as Prisma reads it. */
interface MovementRow {
  readonly id: bigint;
  readonly orderId: string | null;
  readonly sku: string;
  readonly kind: string;
  readonly delta: number;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly createdAt: Date;
}

export function toMovementView(movement: MovementRow): StockMovementView {
  const { id, orderId, sku, kind, delta, reason, actor, createdAt } = movement;
  return {
    id: String(id),
    orderId,
    sku,
    kind: kind as StockMovementView['kind'],
    delta,
    ...(reason === null ? {} : { reason }),
    ...(actor === null ? {} : { actor }),
    createdAt: createdAt.toISOString(),
  };
}
