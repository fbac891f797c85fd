import type { DeadLettersView, Page, StockView } from '@lmt/contracts';
import { newKey } from '../api/new-key.ts';
import { get } from '../api/request.ts';
import type { Health } from '../api/views.ts';
import { duplicatesIgnored } from './conditions.ts';
import type { Experiment, Memory } from './experiment.ts';

/** Chooses the SKU that an experiment orders: the mouse if there is one, else the SKU with most pieces. */
export function chooseSku(stock: readonly StockView[]): StockView | null {
  const inStock = stock.filter(({ available }) => available > 0);
  const mouse = inStock.find(({ sku }) => sku === 'MOUSE');
  return mouse ?? inStock.toSorted((a, b) => b.available - a.available)[0] ?? null;
}

/** Reads the state before the first step. Null if nothing is in stock. @throws ApiError */
export async function prepare({ showsDeadLetters }: Experiment, operator: string): Promise<Memory | null> {
  const [stock, health, deadLetters] = await Promise.all([
    get<Page<StockView>>('/stock?limit=200'),
    get<Health>('/health'),
    showsDeadLetters ? get<DeadLettersView>('/dead-letters?limit=1') : null,
  ]);
  const chosen = chooseSku(stock.items);
  if (chosen === null) return null;
  const run = newKey();
  return {
    customerId: `break-it-${run.slice(0, 4)}`,
    key: run,
    sku: chosen.sku,
    availableBefore: chosen.available,
    deadLettersBefore: deadLetters?.total ?? 0,
    duplicatesBefore: duplicatesIgnored({ health }),
    operator,
    answers: [],
  };
}
