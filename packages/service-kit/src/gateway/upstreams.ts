/** The instances behind the gateway: which ones there are, and which one is next. Pure except for the counters. */

export interface Upstream {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** False: it did not answer when it was asked last. */
  up: boolean;
  /** Requests that wait for its answer now. */
  active: number;
  /** Requests that it answered. */
  answered: number;
  /** Attempts that it did not answer. */
  failed: number;
}

export interface UpstreamAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Lines `<name> <host>:<port>`; empty lines and comments (#) are skipped. @throws Error for anything else. */
export function parseUpstreams(text: string): readonly UpstreamAddress[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const match = /^(\S+)\s+(\S+):(\d{1,5})$/.exec(line);
    if (match === null) throw new Error(`not an upstream: "${line}"`);
    return { name: match[1] ?? '', host: match[2] ?? '', port: Number(match[3]) };
  });
}

/**
 * The new list; an instance that stays where it was keeps what is known about it.
 * @param up what is assumed of new ones until they were asked; false: they may still be starting.
 */
export function mergeUpstreams(
  known: readonly Upstream[],
  wanted: readonly UpstreamAddress[],
  up = false,
): readonly Upstream[] {
  return wanted.map(({ name, host, port }) => {
    const same = known.find((one) => one.name === name && one.host === host && one.port === port);
    return same ?? { name, host, port, up, active: 0, answered: 0, failed: 0 };
  });
}

/** Whether it is the same instances. */
export function sameList(one: readonly Upstream[], other: readonly Upstream[]): boolean {
  return one.length === other.length && one.every((upstream, index) => upstream === other[index]);
}

/**
 * In which order to try them: the one with the fewest requests under way first, in turn among equals. Those that are
 * down come last and are tried only when no other is left: what is known about them may be old.
 */
export function inOrder(upstreams: readonly Upstream[], turn: number): readonly Upstream[] {
  const rotated = upstreams.map((_, index) => upstreams[(index + turn) % upstreams.length] as Upstream);
  return rotated.sort((a, b) => Number(b.up) - Number(a.up) || a.active - b.active);
}
