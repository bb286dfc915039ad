/** Ids of a traffic run in fetched batches of one partition. Pure. */
import type { RecordsBatch } from '@platformatic/kafka';
import { idsIn } from '../../stack/contract/event-id.ts';

/** How far a partition was read. */
export interface PartitionState {
  /** Offset of the next record. */
  readonly place: bigint;
  /** Ids in transactions whose end was not read yet, by producer: they are there once they are committed. */
  readonly open: ReadonlyMap<bigint, readonly string[]>;
}

/** Bits of the attributes of a batch (https://kafka.apache.org/documentation/#recordbatch). */
const TRANSACTIONAL = 0b1_0000;
const CONTROL = 0b10_0000;
const COMMIT = 1;

/** Reads on. @param batches in their order; those before the place are passed over, what is not in them has no record. */
export function readBatches(
  batches: readonly RecordsBatch[],
  state: PartitionState,
  runId: string,
): { readonly ids: readonly string[]; readonly state: PartitionState } {
  const ids: string[] = [];
  const open = new Map(state.open);
  let { place } = state;
  for (const batch of batches) {
    const isControl = (batch.attributes & CONTROL) !== 0;
    if (isControl) {
      if (isCommit(batch)) ids.push(...(open.get(batch.producerId) ?? []));
      open.delete(batch.producerId);
    } else {
      const found = idsFrom(batch, place, runId);
      const isTransactional = (batch.attributes & TRANSACTIONAL) !== 0;
      if (!isTransactional) ids.push(...found);
      else open.set(batch.producerId, [...(open.get(batch.producerId) ?? []), ...found]);
    }
    const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (next > place) place = next;
  }
  return { ids, state: { place, open } };
}

function idsFrom({ firstOffset, records }: RecordsBatch, place: bigint, runId: string): readonly string[] {
  // An id is ASCII, and no byte of another character looks like one of its.
  return records
    .filter(({ offsetDelta }) => firstOffset + BigInt(offsetDelta) >= place)
    .flatMap(({ value }) => idsIn(value.toString('latin1'), runId));
}

/** The key of a marker: version, then type. */
function isCommit({ records }: RecordsBatch): boolean {
  const key = records[0]?.key;
  return key !== undefined && key.length >= 4 && key.readInt16BE(2) === COMMIT;
}
