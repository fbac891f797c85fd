// Whether the data of the running system keeps the promises of the pattern: read straight from both
// databases and the broker, never through the services.
import { setTimeout as pause } from 'node:timers/promises';
import { createFindings, foundAgain } from './findings.mjs';
import { invariants } from './invariants.mjs';
import { lookAgain, lookAtEverything } from './look.mjs';

/** @typedef {import('./invariants.mjs').InvariantId} InvariantId */
/**
 * @typedef {object} VerifyOptions
 * @property {string} orderUrl the owner's
 * @property {string} inventoryUrl the owner's
 * @property {{ bootstrap: string | null, topic?: string, groupId?: string } | null} [kafka]
 * @property {boolean} [settled] nothing may be under way any more
 * @property {number} [looks] at a suspect before it is reported
 * @property {number} [secondsApart]
 */
/**
 * @typedef {object} CheckResult
 * @property {InvariantId} id
 * @property {string} title
 * @property {boolean} ok
 * @property {boolean} open nothing is wrong, but whether it holds can't be told while something is unfinished
 * @property {{ id: string, problem: string }[]} offenders some hundred at most
 * @property {number} count all of them
 * @property {string | null} note
 */

/**
 * Checks every invariant. It may run while the system works: what could be the fault of the moment is
 * reported only if it was so at every look.
 *
 * @param {VerifyOptions} options
 * @returns {Promise<{ ok: boolean, checks: CheckResult[] }>}
 * @throws {import('./database-reader.mjs').UnreadableError} where there is nothing to read
 */
export async function verify({
  orderUrl,
  inventoryUrl,
  kafka = null,
  settled = false,
  looks = 3,
  secondsApart = 1.5,
}) {
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

/**
 * @param {import('./findings.mjs').Findings[]} parts
 * @param {{ notes: ReadonlyMap<InvariantId, string[]>, open: readonly InvariantId[] }} first look
 */
function judge(parts, { notes, open }) {
  const all = createFindings();
  const count = (/** @type {InvariantId} */ id) =>
    parts.reduce((sum, { counts }) => sum + (counts.get(id) ?? 0), 0);
  parts.forEach(({ kept }, part) => {
    for (const finding of kept.values()) all.add({ ...finding, key: `${part} ${finding.key}` });
  });
  const ids = /** @type {InvariantId[]} */ (Object.keys(invariants));
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
