/** Why events were not acknowledged, counted. Pure. */

/** `reason`: with `…` for each id and number in which reasons differ that are else the same. */
export interface Refusal {
  readonly outcome: 'rejected' | 'unknown';
  readonly reason: string;
  readonly count: number;
}

export interface Refusals {
  add(refusal: Refusal): void;
  /** Most frequent first. */
  all(): readonly Refusal[];
}

/** Reasons that are counted one by one; a server that has another text each time must not fill the memory. */
const MAX_REASONS = 100;
const OTHER = 'other reasons';

export function createRefusals(): Refusals {
  const found = new Map<string, Refusal>();
  return {
    add: ({ outcome, reason: text, count }) => {
      const common = withoutIds(text);
      const isNew = !found.has(`${outcome} ${common}`) && found.size >= MAX_REASONS;
      const key = `${outcome} ${isNew ? OTHER : common}`;
      const before = found.get(key);
      const reason = isNew ? OTHER : before === undefined || before.reason === text ? text : common;
      found.set(key, { outcome, reason, count: count + (before?.count ?? 0) });
    },
    all: () => [...found.values()].sort((a, b) => b.count - a.count),
  };
}

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
/** A word with a figure in it that is too long for a name. */
const KEY = /\b(?=[a-z_]*\d)\w{10,}\b/gi;
/** No part of an address, a time or a version; and no code, by which reasons differ. */
const NUMBER = /(?<!\b(?:HTTP|SQLSTATE|code|error|errno|status)\W{1,2})(?<!\w|\d[.:])\d+(?:\.\d+)?(?!\w|[.:]\d)/gi;

function withoutIds(text: string): string {
  return text.replace(UUID, '…').replace(KEY, '…').replace(NUMBER, '…');
}
