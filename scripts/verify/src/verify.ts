// Checks the invariants. Reads both databases and the broker directly, never through the services.
import { setTimeout as pause } from 'node:timers/promises';
import { UNKNOWN_ORDER } from './compare-orders.js';
import { intersectFindings } from './findings.js';
import { type CheckResult, INVARIANTS, type InvariantId } from './invariants.js';
import { type Look, lookAt, type Subject } from './look.js';

const FOREIGN_STACK =
  'orders are never deleted, so these belong to another system: another stack shares this Kafka ' +
  '(give each stack its own KAFKA_TOPIC_PREFIX and KAFKA_GROUP_ID), or the two URLs name different systems';

export interface VerifyOptions extends Subject {
  /** A suspect is reported only if this many looks find it. */
  readonly looks?: number;
  readonly secondsApart?: number;
}

/**
 * Checks every invariant, even while orders are processed. A problem that may be an artefact of
 * timing is reported only if every look finds it.
 *
 * @throws {UnreadableError} if a database or the broker cannot be read
 */
export async function verify({
  looks = 3,
  secondsApart = 1.5,
  ...subject
}: VerifyOptions): Promise<{ ok: boolean; checks: CheckResult[] }> {
  let look = await lookAt(subject);
  for (let count = 2; count <= looks; count += 1) {
    const { activity, messages, orders } = look.suspects;
    if ([activity, messages, orders].every(({ kept }) => kept.size === 0)) break;
    await pause(secondsApart * 1_000);
    const { suspects: later } = await lookAt(subject, look);
    const suspects = {
      activity: intersectFindings(activity, later.activity),
      messages: intersectFindings(messages, later.messages),
      orders: intersectFindings(orders, later.orders),
    };
    look = { ...look, suspects };
  }
  const unknownOrders = [...look.suspects.orders.kept.values()].filter(
    ({ problem }) => problem === UNKNOWN_ORDER,
  );
  if (unknownOrders.length > 0) look.notes.push({ invariant: 'I7', note: FOREIGN_STACK });
  const checks = (Object.keys(INVARIANTS) as InvariantId[]).map((id) => judge(id, look));
  return { ok: checks.every(({ ok }) => ok), checks };
}

function judge(id: InvariantId, { proven, suspects, notes, open }: Look): CheckResult {
  const parts = [proven, ...Object.values(suspects)];
  const offenders = parts
    .flatMap(({ kept }) => [...kept.values()])
    .filter(({ invariant }) => invariant === id)
    .map((finding) => ({ id: finding.id, problem: finding.problem }));
  const ok = offenders.length === 0;
  const noted = notes.filter(({ invariant }) => invariant === id).map(({ note }) => note);
  return {
    id,
    title: INVARIANTS[id],
    ok,
    open: ok ? (open.get(id) ?? null) : null,
    offenders,
    count: parts.reduce((sum, { counts }) => sum + (counts.get(id) ?? 0), 0),
    note: noted.join('; ') || null,
  };
}
