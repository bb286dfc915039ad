/** The last answer of one Sentinel to "who is the master". */
export interface Answer {
  /** `host:port` as Sentinels know it. */
  readonly address: string;
  /** Milliseconds of the writer's clock. */
  readonly at: number;
}

/**
 * The address that more than half of the fresh answers name. Undefined while they differ: a Sentinel that does
 * not know of the switch yet names the old master, and a frozen one does so as long as it is frozen.
 */
export function agree(answers: readonly Answer[], now: number, maxAgeMs: number): string | undefined {
  const fresh = freshOf(answers, now, maxAgeMs);
  const addresses = [...new Set(fresh.map(({ address }) => address))];
  return addresses.find((address) => fresh.filter((answer) => answer.address === address).length * 2 > fresh.length);
}

/** Those that count. */
export function freshOf<T extends Answer>(answers: readonly T[], now: number, maxAgeMs: number): readonly T[] {
  return answers.filter(({ at }) => now - at <= maxAgeMs);
}
