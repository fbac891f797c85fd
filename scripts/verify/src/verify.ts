// Whether the data of the running system keeps the promises of the pattern: read straight from both
// databases and the broker, never through the services.

import { setTimeout as pause } from 'node:timers/promises';
import type { UnreadableError } from './database-reader.js';
import type { Findings } from './findings.js';
import { createFindings, foundAgain } from './findings.js';
import type { InvariantId } from './invariants.js';
import { invariants } from './invariants.js';
import { lookAgain, lookAtEverything } from './look.js';
export interface VerifyOptions {
  /** the owner's */
  orderUrl: string;
  /** the owner's */
  inventoryUrl: string;
  kafka?: { bootstrap: string | null; topic?: string; groupId?: string } | null;
  /** nothing may be under way any more */
  settled?: boolean;
  /** at a suspect before it is reported */
  looks?: number;
  secondsApart?: number;
}
export interface CheckResult {
  id: InvariantId;
  title: string;
  ok: boolean;
  /** nothing is wrong, but whether it holds can't be told while something is unfinished */
  open: boolean;
  /** some hundred at most */
  offenders: { id: string; problem: string }[];
  /** all of them */
  count: number;
  note: string | null;
}

/**
 * Checks every invariant. It may run while the system works: what could be the fault of the moment is
 * reported only if it was so at every look.
 *
 * @returns @throws {UnreadableError} where there is nothing to read
 */
export async function verify({
  orderUrl,
  inventoryUrl,
  kafka = null,
  settled = false,
  looks = 3,
  secondsApart = 1.5,
}: VerifyOptions): Promise<{ ok: boolean; checks: CheckResult[] }> {
  const broker = kafka?.bootstrap ? { ...kafka, bootstrap: kafka.bootstrap } : null;
  const subject = { orderUrl, inventoryUrl, kafka: broker, settled };
  const first = await lookAtEverything(subject);
  let { found } = first;
  for (let look = 2; look <= looks; look += 1) {
    const { messages, orders, moving } = found;
    if ([messages, orders, moving].every(({ kept }) => kept.size === 0)) break;
    await pause(secondsApart * 1_000);
    const later = await lookAgain(subject, found);
    found = {
      fixed: found.fixed,
      messages: foundAgain(messages, later.messages),
      orders: foundAgain(orders, later.orders),
      moving: foundAgain(moving, later.moving),
    };
  }
  return judge(Object.values(found), first);
}

/** @param first look */
function judge(
  parts: Findings[],
  { notes, open }: { notes: ReadonlyMap<InvariantId, string[]>; open: readonly InvariantId[] },
) {
  const all = createFindings();
  const count = (id: InvariantId) => parts.reduce((sum, { counts }) => sum + (counts.get(id) ?? 0), 0);
  parts.forEach(({ kept }, part) => {
    for (const finding of kept.values()) all.add({ ...finding, key: `${part} ${finding.key}` });
  });
  const ids = Object.keys(invariants) as InvariantId[];
  const checks = ids.map((id) => {
    const offenders = [...all.kept.values()]
      .filter(({ invariant }) => invariant === id)
      .map((finding) => ({ id: finding.id, problem: finding.problem }));
    const note = notes.get(id)?.join('; ') ?? null;
    const ok = offenders.length === 0;
    const check = { id, title: invariants[id], ok, open: ok && open.includes(id) };
    return { ...check, offenders, count: count(id), note };
  });
  return { ok: checks.every(({ ok }) => ok), checks };
}
