import type { CheckResult } from './verify.js';

// The verdict as text, a line an invariant.

const shown = 10;

export function describeCheck({ id, title, ok, open, offenders, count, note }: CheckResult) {
  const lines = [];
  if (open) lines.push(`--   ${id.padEnd(3)} ${title}: can't be told while something is unfinished`);
  else if (ok) lines.push(`ok   ${id.padEnd(3)} ${title}`);
  else {
    const named = offenders.slice(0, shown).map((offender) => `${offender.id} (${offender.problem})`);
    const more = count - named.length;
    lines.push(`FAIL ${id.padEnd(3)} ${title}: ${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`);
  }
  if (note !== null) lines.push(`note ${id.padEnd(3)} ${note}`);
  return lines.join('\n');
}
