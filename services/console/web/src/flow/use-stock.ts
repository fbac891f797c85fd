import type { Page, StockView } from '@lmt/contracts';
import { useEffect, useState } from 'react';
import { useLiveQuery } from '../api/live.tsx';
import { chooseSku } from './choose-sku.ts';

type Stock = readonly Pick<StockView, 'sku' | 'available'>[];

const STORED = 'stock';

function readStored(): Stock {
  try {
    return JSON.parse(localStorage.getItem(STORED) ?? '[]') as Stock;
  } catch {
    return [];
  }
}

/** The first SKUs with their stock. While inventory does not answer, those that this browser saw last. */
export function useStock(): { readonly stock: Stock; readonly isOld: boolean; readonly sku: string } {
  const [stored] = useState(readStored);
  const { data, error } = useLiveQuery<Page<StockView>>('/stock?limit=8', { everyMs: 5_000 });
  useEffect(() => {
    if (data !== undefined) localStorage.setItem(STORED, JSON.stringify(data.items));
  }, [data]);
  const stock = data?.items ?? stored;
  return { stock, isOld: data === undefined || error !== null, sku: chooseSku(stock) };
}
