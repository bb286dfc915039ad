/** Numbers one behind the other, a few bytes for each: a run may have millions of them, fewer than 2^32. */
export interface Column {
  readonly length: number;
  /** 0 for one that is not there. */
  at(index: number): number;
  set(index: number, value: number): void;
  push(value: number): void;
}

type Numbers = Float64Array | Uint32Array | Uint8Array;

/** Of a part of the memory, which is not moved when more come. */
const PART_BITS = 14;
const PART = 2 ** PART_BITS;

/** @param make `(length) => new Uint32Array(length)`: what each number is kept as. */
export function createColumn(make: (length: number) => Numbers): Column {
  const parts: Numbers[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    at: (index) => parts[index >>> PART_BITS]?.[index & (PART - 1)] ?? 0,
    set: (index, value) => {
      const part = parts[index >>> PART_BITS];
      if (part !== undefined) part[index & (PART - 1)] = value;
    },
    push: (value) => {
      const within = length & (PART - 1);
      if (within === 0) parts.push(make(PART));
      (parts[parts.length - 1] as Numbers)[within] = value;
      length += 1;
    },
  };
}

export const doubles = (length: number): Float64Array => new Float64Array(length);
export const words = (length: number): Uint32Array => new Uint32Array(length);
export const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** A set of whole numbers from 0 on that are about as many as the largest one, a byte for each. */
export interface NumberSet extends Iterable<number> {
  readonly size: number;
  has(number: number): boolean;
  add(number: number): void;
}

export function createNumberSet(): NumberSet {
  const parts = new Map<number, Uint8Array>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    has: (number) => parts.get(Math.floor(number / PART))?.[number % PART] === 1,
    add: (number) => {
      const index = Math.floor(number / PART);
      const part = parts.get(index) ?? bytes(PART);
      parts.set(index, part);
      if (part[number % PART] === 1) return;
      part[number % PART] = 1;
      size += 1;
    },
    *[Symbol.iterator]() {
      for (const [index, part] of [...parts].toSorted(([one], [other]) => one - other))
        for (let within = 0; within < PART; within++) if (part[within] === 1) yield index * PART + within;
    },
  };
}
