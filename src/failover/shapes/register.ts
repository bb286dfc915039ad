import type { WriteRecord } from '../../stack/contract/failover.ts';

export interface Last {
  /** Who was read. */
  readonly node: string;
  /** What the register holds in the end; 0 for nothing. */
  readonly value: number;
}

/**
 * The writes that the register has gone through to come to its last value, newest first: each answer names the value that it
 * replaced, so from the last one a chain leads back to the first. A write that is not in it was taken back, together with what it
 * had replaced. A write without an answer names nobody. What it replaced is then the last one acknowledged before it was sent, or a
 * later one that the server had acknowledged of which the next link comes: it may have been applied long after it was sent.
 */
export function chainOf(history: readonly WriteRecord[], { node, value }: Last): readonly number[] {
  const records = new Map(history.map((record) => [record.value, record]));
  const acked = history.filter(({ outcome }) => outcome === 'acked').sort((a, b) => a.completed - b.completed);
  const chain = new Set<number>();
  let next = { node, at: Number.POSITIVE_INFINITY };
  // A server that hung may apply what two connections sent in another order: it must end all the same.
  for (let link = value; link > 0 && !chain.has(link); ) {
    chain.add(link);
    const record = records.get(link);
    const isAcked = record?.outcome === 'acked';
    const sentAt = record?.invoked ?? 0;
    link = (isAcked ? record.answer : undefined) ?? replacedBy(sentAt, next, acked, chain);
    if (isAcked) next = { node: record.node ?? '', at: record.invoked };
  }
  return [...chain];
}

/** 0 for none. @param next of the chain, i.e. the write that replaced it: whose server, and when it was sent. */
function replacedBy(
  sentAt: number,
  next: { readonly node: string; readonly at: number },
  acked: readonly WriteRecord[],
  chain: ReadonlySet<number>,
): number {
  const isOpen = ({ value }: WriteRecord): boolean => !chain.has(value);
  const before = acked.findLast((one) => one.completed <= sentAt && isOpen(one));
  const bySame = acked.findLast((one) => one.node === next.node && one.completed <= next.at && isOpen(one));
  return (
    [before, bySame].reduce((late, one) => ((one?.completed ?? 0) > (late?.completed ?? 0) ? one : late))?.value ?? 0
  );
}
