import type { MessageView } from '@lmt/contracts';

/** The parts of a reason that differ from message to message: ids, positions, times, numbers. */
const VARIABLE =
  /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\b[\da-f]{16,}\b|\b\d[\d.,]*\b/gi;

/** Replaces the variable parts of a reason, so that reasons of the same cause are equal. */
export function normaliseReason(reason: string): string {
  return reason.replace(VARIABLE, '…');
}

/** The longest part of a reason that all reasons of its group contain, or null if there is none. */
export function findSharedText(reason: string): string | null {
  const parts = reason.split(VARIABLE).map((part) => part.trim());
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '');
  return longest === '' ? null : longest.slice(0, 500).toWellFormed();
}

type DeadLetter = Pick<MessageView, 'id' | 'type' | 'key' | 'lastError' | 'createdAt'>;

export interface ReasonGroup<T extends DeadLetter = DeadLetter> {
  /** The normalised reason. Null if none is recorded. */
  readonly reason: string | null;
  readonly types: readonly string[];
  readonly messages: readonly T[];
}

const toReason = (lastError: string | null) => (lastError === null ? null : normaliseReason(lastError));

/** Groups dead letters by their normalised reason, the largest group first. */
export function groupByReason<T extends DeadLetter>(messages: readonly T[]): ReasonGroup<T>[] {
  const groups = new Map<string | null, T[]>();
  for (const message of messages) {
    const reason = toReason(message.lastError);
    const members = groups.get(reason);
    if (members === undefined) groups.set(reason, [message]);
    else members.push(message);
  }
  return [...groups]
    .map(([reason, members]) => ({
      reason,
      types: [...new Set(members.map(({ type }) => type))].sort(),
      messages: members,
    }))
    .sort((a, b) => b.messages.length - a.messages.length || (a.reason ?? '').localeCompare(b.reason ?? ''));
}

/** A filter of the bulk requests. */
export interface BulkFilter {
  readonly type?: string;
  readonly error?: string;
}

/**
 * Returns the narrowest filter that matches a whole group. The API compares a part of the reason,
 * so the filter may match messages of other groups too: see findOthers.
 */
export function toBulkFilter({ types, messages }: ReasonGroup): BulkFilter {
  const [type, ...furtherTypes] = types;
  const error = findSharedText(messages[0]?.lastError ?? '');
  return {
    ...(type === undefined || furtherTypes.length > 0 ? {} : { type }),
    ...(error === null ? {} : { error }),
  };
}

/** Returns the reasons of other groups among the messages of a preview. */
export function findOthers(
  { reason }: Pick<ReasonGroup, 'reason'>,
  previewed: readonly { readonly lastError: string | null }[],
): { readonly count: number; readonly reasons: readonly (string | null)[] } {
  const others = previewed.map(({ lastError }) => toReason(lastError)).filter((other) => other !== reason);
  return { count: others.length, reasons: [...new Set(others)] };
}
