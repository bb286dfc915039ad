import type { RoleSample } from '../stack/contract/failover.ts';

/** A time in which an instance said the same, as often as it was asked. On the run's clock. */
export interface RoleSpan {
  readonly node: string;
  readonly isPrimary: boolean;
  readonly from: number;
  readonly to: number;
}

/** Puts samples together as they come: a run of an hour has few spans and many samples. */
export interface SpanCollector {
  readonly spans: readonly RoleSpan[];
  /** The longest between two answers that were put together. */
  widestMs(): number;
  add(sample: RoleSample): void;
}

/** @param gapMs an instance that did not answer for longer may have been something else meanwhile: a new span begins. */
export function collectSpans(gapMs: number): SpanCollector {
  const spans: RoleSpan[] = [];
  const open = new Map<string, number>();
  let widest = 0;
  return {
    spans,
    widestMs: () => widest,
    add: ({ at, node, isPrimary }) => {
      const index = open.get(node);
      const span = index === undefined ? undefined : spans[index];
      const isSame = span !== undefined && span.isPrimary === isPrimary && at - span.to <= gapMs;
      if (index !== undefined && isSame) {
        widest = Math.max(widest, at - span.to);
        spans[index] = { ...span, to: at };
      } else open.set(node, spans.push({ node, isPrimary, from: at, to: at }) - 1);
    },
  };
}

/** How long two instances said at the same time that they are the primary, in milliseconds: times in which more did count once. */
export function twoPrimariesMs(spans: readonly RoleSpan[]): number {
  const primaries = spans.filter(({ isPrimary }) => isPrimary);
  const overlaps = primaries.flatMap((one, index) =>
    primaries.slice(index + 1).flatMap((other) => {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      return one.node !== other.node && to > from ? [{ from, to }] : [];
    }),
  );
  let [total, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { from, to } of overlaps.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total;
}
