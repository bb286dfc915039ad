import { createColumn, doubles, words } from './columns.ts';

/**
 * Different texts, numbered in the order in which they came, as their bytes in UTF-8 and about 30 bytes more each: as keys of a `Map` a
 * million of them take ten times as much. Halves of surrogate pairs are U+FFFD, as for whoever is sent the text.
 */
export interface TextTable {
  readonly size: number;
  /** The number of a text; -1: it is not there. */
  find(text: string): number;
  /** The same; one that is not there is added. */
  add(text: string): number;
  textAt(number: number): string;
}

const CHUNK_BYTES = 2 ** 18;
const FIRST_SLOTS = 2 ** 8;

export function createTextTable(): TextTable {
  const [places, lengths, hashes] = [createColumn(doubles), createColumn(words), createColumn(words)];
  const chunks = createChunks();
  // Numbers of texts plus 1 by their hashes, 0 where nothing is; half full at most.
  let slots = new Uint32Array(FIRST_SLOTS);
  let scratch = Buffer.allocUnsafe(1024);
  let [encoded, length, hash] = ['', 0, hashOf(scratch, 0)];

  const encode = (text: string): void => {
    // As often as not it is looked for and then added, or the same as before.
    if (text === encoded) return;
    if (scratch.length < 3 * text.length) scratch = Buffer.allocUnsafe(6 * text.length);
    length = scratch.write(text);
    hash = hashOf(scratch, length);
    encoded = text;
  };
  const isAt = (number: number): boolean =>
    hashes.at(number) === hash && lengths.at(number) === length && chunks.isAt(places.at(number), scratch, length);
  /** The slot of the text that was encoded, or the empty one that it would get. */
  const slotOf = (): number => {
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let held = slots[slot]; held !== 0 && !isAt((held as number) - 1); held = slots[slot])
      slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    slots = new Uint32Array(2 * slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < hashes.length; number++) {
      let slot = hashes.at(number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
  };
  return {
    get size() {
      return hashes.length;
    },
    find: (text) => {
      encode(text);
      return (slots[slotOf()] ?? 0) - 1;
    },
    add: (text) => {
      encode(text);
      const slot = slotOf();
      const known = slots[slot] ?? 0;
      if (known !== 0) return known - 1;
      places.push(chunks.add(scratch, length));
      lengths.push(length);
      hashes.push(hash);
      slots[slot] = hashes.length;
      if (2 * hashes.length > slots.length) grow();
      return hashes.length - 1;
    },
    textAt: (number) => chunks.textAt(places.at(number), lengths.at(number)),
  };
}

/** Bytes in parts of the memory that are not moved; one that is longer than a part has its own. A place is part * CHUNK_BYTES + offset. */
function createChunks() {
  const chunks: Buffer[] = [];
  let used = 0;
  const at = (place: number): readonly [Buffer, number] => {
    const index = Math.floor(place / CHUNK_BYTES);
    return [chunks[index] as Buffer, place - index * CHUNK_BYTES];
  };
  return {
    add: (from: Buffer, length: number): number => {
      if (chunks.length === 0 || used + length > CHUNK_BYTES) {
        chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)));
        used = 0;
      }
      const chunk = chunks[chunks.length - 1] as Buffer;
      from.copy(chunk, used, 0, length);
      const place = (chunks.length - 1) * CHUNK_BYTES + used;
      used += length;
      return place;
    },
    isAt: (place: number, wanted: Buffer, length: number): boolean => {
      const [chunk, offset] = at(place);
      return chunk.compare(wanted, 0, length, offset, offset + length) === 0;
    },
    textAt: (place: number, length: number): string => {
      const [chunk, offset] = at(place);
      return chunk.toString('utf8', offset, offset + length);
    },
  };
}

/** FNV-1a of 32 bits, and the last step of MurmurHash3 behind it, so that its low bits depend on all. */
function hashOf(text: Buffer, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (text[at] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
