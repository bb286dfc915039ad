/** What is read of a topic. */

export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
}

/** Messages of one partition in the order of their offsets, where they are in what the broker sent: a million of them are no objects. */
export interface FetchedBlock {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly bytes: Buffer;
  /** PLACES numbers for each message; a size of -1 means that there is none. */
  readonly places: Int32Array;
  readonly count: number;
}

/** Of a message: its offset behind `firstOffset`, where its key begins and how many bytes it has, and the same of its value. */
export const PLACES = 5;

/** @param index of the message, from 0. */
export function messageAt({ topic, partition, firstOffset, bytes, places }: FetchedBlock, index: number): Fetched {
  const part = (at: number): Buffer | undefined => {
    const [from = 0, size = -1] = places.subarray(at, at + 2);
    return size < 0 ? undefined : bytes.subarray(from, from + size);
  };
  const at = index * PLACES;
  const offset = firstOffset + BigInt(places[at] ?? 0);
  return { topic, partition, offset, key: part(at + 1), value: part(at + 3) };
}

/** Where the value of a message begins. */
export function valueFrom({ places }: FetchedBlock, index: number): number {
  return places[index * PLACES + 3] ?? 0;
}

/** Bytes of the value of a message, -1 for none. */
export function valueSize({ places }: FetchedBlock, index: number): number {
  return places[index * PLACES + 4] ?? -1;
}

export interface Position {
  readonly partition: number;
  /** Of the next message to read. */
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

export interface FetchOptions {
  readonly topic: string;
  /** How long the broker collects messages before it answers; this makes the batches. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
}
