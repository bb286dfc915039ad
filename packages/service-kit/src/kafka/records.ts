/**
 * Batches of records as a broker keeps and sends them (version 2, https://kafka.apache.org/documentation/#recordbatch), in which
 * the places of keys and values are noted instead of making something of each record. Pure.
 */
import { compressionsAlgorithmsByBitmask, UnsupportedCompressionError } from '@platformatic/kafka';
import { type FetchedBlock, PLACES } from './messages.ts';

export interface Records {
  readonly blocks: readonly FetchedBlock[];
  /** Where to go on: behind the last batch that is there as a whole, or `start`. */
  readonly next: bigint;
}

/** Places in the head of a batch. */
const [LENGTH_AT, ATTRIBUTES_AT, LAST_DELTA_AT, COUNT_AT, RECORDS_AT] = [8, 21, 23, 57, 61] as const;
/** Bytes that the length does not count: the offset and the length itself. */
const UNCOUNTED = 12;
/** Bits of the attributes: how it is compressed, and that it holds marks of transactions instead of messages. */
const COMPRESSION = 0b111;
const CONTROL_BATCH = 0b100000;

/**
 * @param bytes batches; the last one may be cut off.
 * @param start the offset that was asked for: the broker sends whole batches, from before it.
 * @throws for a compression that is not known, and for records that do not end where they should.
 */
export function readRecords(topic: string, partition: number, bytes: Buffer, start: bigint): Records {
  const blocks: FetchedBlock[] = [];
  let next = start;
  for (let at = 0; at + RECORDS_AT <= bytes.length; ) {
    const end = at + UNCOUNTED + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length || end < at + RECORDS_AT) break;
    const firstOffset = bytes.readBigInt64BE(at);
    const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
    next = firstOffset + BigInt(bytes.readInt32BE(at + LAST_DELTA_AT)) + 1n;
    if ((attributes & CONTROL_BATCH) === 0) {
      const batch = { bytes, from: at + RECORDS_AT, end, count: bytes.readInt32BE(at + COUNT_AT) };
      // A number of 32 bits, which every delta of a batch is.
      const skipped = Number(start > firstOffset ? start - firstOffset : 0n);
      const found = readBatch(plain(batch, attributes & COMPRESSION), skipped);
      if (found.count > 0) blocks.push({ topic, partition, firstOffset, ...found });
    }
    at = end;
  }
  return { blocks, next };
}

interface Batch {
  readonly bytes: Buffer;
  readonly from: number;
  readonly end: number;
  /** Of its records. */
  readonly count: number;
}

function plain(batch: Batch, compression: number): Batch {
  if (compression === 0) return batch;
  const algorithm = compressionsAlgorithmsByBitmask[compression];
  if (algorithm === undefined) throw new UnsupportedCompressionError(`no compression has the number ${compression}`);
  const bytes = algorithm.decompressSync(batch.bytes.subarray(batch.from, batch.end));
  return { ...batch, bytes, from: 0, end: bytes.length };
}

/** @param skipped deltas below it were not asked for. */
function readBatch({ bytes, from, end, count }: Batch, skipped: number) {
  const places = new Int32Array(count * PLACES);
  let at = from;
  let noted = 0;
  /** In zigzag, seven bits in a byte, the lowest first. */
  const number = (): number => {
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  };
  for (let record = 0; record < count; record++) {
    const length = number();
    const recordEnd = at + length;
    // Its attributes, which are not in use, and its time, which is up to ten bytes long.
    at += 1;
    while ((bytes[at++] ?? 0) >= 0x80);
    const delta = number();
    const keySize = number();
    const keyFrom = at;
    at += Math.max(0, keySize);
    const valueSize = number();
    const valueFrom = at;
    if (valueFrom + Math.max(0, valueSize) > recordEnd || recordEnd > end)
      throw new Error('the broker sent a record that does not end where it should');
    // Headers are not read.
    at = recordEnd;
    if (delta < skipped) continue;
    const place = noted * PLACES;
    places[place] = delta;
    places[place + 1] = keyFrom;
    places[place + 2] = keySize;
    places[place + 3] = valueFrom;
    places[place + 4] = valueSize;
    noted += 1;
  }
  return { bytes, places, count: noted };
}
