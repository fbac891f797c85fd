// Checks the invariants on the data of a system, read from both databases and the broker and never
// through the services.
import { setTimeout as pause } from 'node:timers/promises';
import { createFindings, type Findings, intersectFindings } from './findings.js';
import { type CheckResult, checkEach, type InvariantId } from './invariants.js';
import { lookAgain, lookAtEverything, type Subject } from './look.js';

export interface VerifyOptions {
  /** Of a role that may read every table, such as the owner. */
  readonly orderUrl: string;
  readonly inventoryUrl: string;
  readonly kafka?: {
    readonly bootstrap: string | null;
    readonly topic?: string;
    readonly groupId?: string;
  } | null;
  /** Whether the system should be at rest: unfinished work then violates I10. */
  readonly settled?: boolean;
  /** A suspect is reported only if that many looks find it. */
  readonly looks?: number;
  readonly secondsApart?: number;
}

/**
 * Checks every invariant, also while the system works: a problem that may be an artefact of timing
 * is reported only if every look finds it.
 *
 * @throws {UnreadableError} if a database or the broker cannot be read
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
  const subject: Subject = { orderUrl, inventoryUrl, kafka: broker, settled };
  const first = await lookAtEverything(subject);
  let { look } = first;
  for (let count = 2; count <= looks; count += 1) {
    const { certain, messages, orders, activity } = look;
    if ([messages, orders, activity].every(({ kept }) => kept.size === 0)) break;
    await pause(secondsApart * 1_000);
    const later = await lookAgain(subject, look);
    look = {
      certain,
      messages: intersectFindings(messages, later.messages),
      orders: intersectFindings(orders, later.orders),
      activity: intersectFindings(activity, later.activity),
    };
  }
  const checks = judge(Object.values(look), first);
  return { ok: checks.every(({ ok }) => ok), checks };
}

function judge(
  parts: readonly Findings[],
  { notes, open }: { notes: ReadonlyMap<InvariantId, string[]>; open: readonly InvariantId[] },
): CheckResult[] {
  const all = createFindings();
  for (const [part, { kept }] of parts.entries()) {
    for (const finding of kept.values()) all.add({ ...finding, key: `${part} ${finding.key}` });
  }
  return checkEach((id, title) => {
    const offenders = [...all.kept.values()]
      .filter(({ invariant }) => invariant === id)
      .map((finding) => ({ id: finding.id, problem: finding.problem }));
    const ok = offenders.length === 0;
    const count = parts.reduce((sum, { counts }) => sum + (counts.get(id) ?? 0), 0);
    const note = notes.get(id)?.join('; ') ?? null;
    return { id, title, ok, open: ok && open.includes(id), offenders, count, note };
  });
}
