import type { Fault, Proxies } from '@lmt/stack';

/**
 * What becomes of the callbacks on their way from the inventories to order.
 * - `pass`: nothing happens to them.
 * - `refuse`: they don't arrive.
 * - `cut-answers`: the request goes through, its answer never comes back.
 * - `delay`: the request arrives later than the result is due.
 */
export type CallbackFault = 'pass' | 'refuse' | 'cut-answers' | 'delay';

export const CALLBACK_LINKS = ['inventory->order', 'inventory-2->order'];

const FAULTS: Record<CallbackFault, Fault> = {
  pass: { kind: 'pass' },
  refuse: { kind: 'cut' },
  'cut-answers': { kind: 'cut-replies' },
  delay: { kind: 'delay', ms: 2_500 },
};

export interface Callbacks {
  /** Answers that were cut so far. */
  readonly cut: number;
  inject(fault: CallbackFault): Promise<void>;
}

export function callbackFaults(proxies: () => Proxies): Callbacks {
  return {
    get cut() {
      return CALLBACK_LINKS.reduce((sum, link) => sum + proxies().repliesCut(link), 0);
    },
    async inject(fault) {
      for (const link of CALLBACK_LINKS) proxies().inject(link, FAULTS[fault]);
    },
  };
}
