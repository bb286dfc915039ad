import type { RoleSample } from '../stack/contract/failover.ts';

/** A time in which an instance said, as often as it was asked, that it is the primary. On the run's clock. */
export interface PrimarySpan {
  readonly node: string;
  readonly from: number;
  readonly to: number;
}

/** Puts samples together as they come: a run of an hour has few spans and many samples. */
export interface SpanCollector {
  readonly spans: readonly PrimarySpan[];
  add(sample: RoleSample): void;
}

/** @param gapMs an instance that did not answer for longer may have been something else meanwhile: a new span begins. */
export function collectSpans(gapMs: number): SpanCollector {
  const spans: PrimarySpan[] = [];
  const open = new Map<string, number>();
  return {
    spans,
    add: ({ at, node, isPrimary }) => {
      const index = open.get(node);
      const span = index === undefined ? undefined : spans[index];
      if (!isPrimary) open.delete(node);
      else if (index !== undefined && span !== undefined && at - span.to <= gapMs) spans[index] = { ...span, to: at };
      else open.set(node, spans.push({ node, from: at, to: at }) - 1);
    },
  };
}

/** How long two instances said at the same time that they are the primary, in milliseconds: times in which more did count once. */
export function twoPrimariesMs(spans: readonly PrimarySpan[]): number {
  const overlaps = spans.flatMap((one, index) =>
    spans.slice(index + 1).flatMap((other) => {
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
