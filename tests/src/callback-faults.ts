import type { Fault, Proxies } from '@lmt/stack';

/**
 * Faults of the connections on which the inventories send their results to order.
 * - `pass`: no fault.
 * - `refuse`: requests do not arrive.
 * - `cut-replies`: requests arrive, their responses are lost.
 * - `delay`: requests arrive after the result deadline.
 */
export type CallbackFault = 'pass' | 'refuse' | 'cut-replies' | 'delay';

export const CALLBACK_CONNECTIONS = ['inventory->order', 'inventory-2->order'];

const FAULTS: Record<CallbackFault, Fault> = {
  pass: { kind: 'pass' },
  refuse: { kind: 'cut' },
  'cut-replies': { kind: 'cut-replies' },
  delay: { kind: 'delay', ms: 2_500 },
};

export interface Callbacks {
  /** Number of responses lost so far. */
  readonly repliesCut: number;
  inject(fault: CallbackFault): void;
}

export function callbackFaults(proxies: () => Proxies): Callbacks {
  return {
    get repliesCut() {
      return CALLBACK_CONNECTIONS.reduce((sum, name) => sum + proxies().get(name).repliesCut(), 0);
    },
    inject(fault) {
      for (const name of CALLBACK_CONNECTIONS) proxies().get(name).inject(FAULTS[fault]);
    },
  };
}
