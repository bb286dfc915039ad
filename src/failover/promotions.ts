import type { RoleSample } from '../stack/contract/failover.ts';

/** A replica that became the primary. */
export interface Promotion {
  /** On the run's clock. */
  readonly at: number;
  readonly node: string;
  /** The replica that had most bytes more of what the primary had written, if one had; it might have been promoted instead. */
  readonly behind?: { readonly node: string; readonly bytes: number } | undefined;
}

export interface PromotionCollector {
  readonly promotions: readonly Promotion[];
  add(sample: RoleSample): void;
}

interface Offset {
  readonly at: number;
  readonly offset: number;
}

const KEPT = 4;

/**
 * Sentinel promotes by what its last INFO said of offsets, which may be seconds old. What counts here is what each replica said
 * itself right before: of another one at the same time or earlier, and only when the promoted one received nothing any more. So
 * what was still on its way to it is no evidence.
 * @param gapMs what an instance said before that does not count.
 */
export function collectPromotions(gapMs: number): PromotionCollector {
  const promotions: Promotion[] = [];
  const replicas = new Map<string, readonly Offset[]>();
  return {
    promotions,
    add: ({ at, node, isPrimary, offset }) => {
      const own = replicas.get(node);
      if (!isPrimary) {
        if (offset !== undefined) replicas.set(node, [...(own ?? []), { at, offset }].slice(-KEPT));
        return;
      }
      const [before, last] = [own?.at(-2), own?.at(-1)];
      if (last === undefined) return;
      replicas.delete(node);
      const isKnown = before?.offset === last.offset && at - last.at <= gapMs;
      promotions.push({ at, node, behind: isKnown ? furthest(replicas, last, gapMs) : undefined });
    },
  };
}

function furthest(replicas: ReadonlyMap<string, readonly Offset[]>, own: Offset, gapMs: number): Promotion['behind'] {
  const ahead = [...replicas].flatMap(([node, samples]) => {
    const seen = samples.findLast(({ at }) => at <= own.at && own.at - at <= gapMs);
    return seen !== undefined && seen.offset > own.offset ? [{ node, bytes: seen.offset - own.offset }] : [];
  });
  return ahead.toSorted((a, b) => b.bytes - a.bytes)[0];
}
