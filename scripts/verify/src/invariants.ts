// Defines the invariants and formats the verdict on each.

export const INVARIANTS = {
  I1: 'every order has its message, and every message its order',
  I2: 'each idempotency key of a customer belongs to one order, with the hash of its request',
  I3: 'the status of each order agrees with its messages and its reservation',
  I4: 'stock is never negative, now or at any earlier time',
  I5: 'movements add up to the stock of each SKU, and to the quantities of each order or to zero',
  I6: 'one inbox row per message, one effect of a kind per order and SKU',
  I7: 'every effect in the inventory has its order and its message',
  I8: 'a message that is not COMPLETED is scheduled, or DEAD or DISCARDED with its reason on record',
  I9: 'a COMPLETED message has its inbox row, with the same result',
  I10: 'every order and every message finishes',
  I11: 'no idle transaction, no stale lease, no consumer lag',
} as const;

export type InvariantId = keyof typeof INVARIANTS;

export interface CheckResult {
  readonly id: InvariantId;
  readonly title: string;
  readonly ok: boolean;
  /** Reason for a missing verdict although no problem was found. Null if the verdict is final. */
  readonly open: string | null;
  /** Limited in number. `count` includes the offenders that are not listed. */
  readonly offenders: readonly { readonly id: string; readonly problem: string }[];
  readonly count: number;
  readonly note: string | null;
}

const SHOWN_OFFENDERS = 10;

/** The reason of a missing verdict, or the first offenders. Null if the invariant holds. */
function explain({ ok, open, offenders, count }: CheckResult): string | null {
  if (ok) return open;
  const shown = offenders.slice(0, SHOWN_OFFENDERS);
  const named = shown.map((offender) => `${offender.id} (${offender.problem})`).join(', ');
  return count > shown.length ? `${named}, and ${count - shown.length} more` : named;
}

const readState = ({ ok, open }: CheckResult) => (open !== null ? 'open' : ok ? 'ok' : 'failed');

const LABELS = { ok: 'ok', open: '--', failed: 'FAIL' };

export function describeCheck(check: CheckResult): string {
  const { id, title, note } = check;
  const line = (label: string, text: string) => `${label.padEnd(4)} ${id.padEnd(3)} ${text}`;
  const noted = note === null ? '' : `\n${line('note', note)}`;
  const reason = explain(check);
  return line(LABELS[readState(check)], reason === null ? title : `${title}: ${reason}`) + noted;
}

/** The output of `--json`. `text` is the output without it. */
export function toReport({ ok, checks }: { readonly ok: boolean; readonly checks: readonly CheckResult[] }) {
  return {
    ok,
    text: checks.map(describeCheck).join('\n'),
    checks: checks.map((check) => {
      const detail = [explain(check), check.note].filter((part) => part !== null).join('; ');
      const { id, title } = check;
      return { id, title, state: readState(check), ...(detail === '' ? {} : { detail }) };
    }),
  };
}
