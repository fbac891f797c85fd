import type { OrderTransaction } from '@lmt/prisma-order';

const COLUMNS = {
  id: true,
  topic: true,
  key: true,
  type: true,
  status: true,
  attempts: true,
  failures: true,
  availableAt: true,
  leasedUntil: true,
  lastError: true,
  createdAt: true,
  publishedAt: true,
  completedAt: true,
  payload: true,
  headers: true,
  result: true,
  history: true,
} as const;

export type MessageDetail = Readonly<Record<keyof typeof COLUMNS, unknown>>;

/** A message with its payload, its result and its whole history; null if there is none (any more). */
export function findMessage(
  database: Pick<OrderTransaction, 'outboxMessage'>,
  id: string,
): Promise<MessageDetail | null> {
  return database.outboxMessage.findUnique({ where: { id }, select: COLUMNS });
}
