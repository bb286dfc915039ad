/** What keys have in common: `room:{room-7}:ops` and `room:{room-8}:ops` are `room:*:ops`. Pure. */

const SEPARATOR = ':';
/** Longer parts are hashes, addresses or names of persons: they do not name a group of keys. */
const LONGEST_PART = 24;
const MOST_PARTS = 4;

/** A key with every part that looks like an id replaced. Byte by byte, so that a key that is not text keeps its bytes. */
export function prefixOf(key: Buffer): Buffer {
  const parts = key.toString('latin1').split(SEPARATOR);
  const [first = ''] = parts;
  if (parts.length === 1) return bytes(lengthOf(first) > LONGEST_PART || /\d/.test(first) ? '*' : first);
  const shown = parts.slice(0, MOST_PARTS).map((part) => (isId(part) ? '*' : part));
  return Buffer.concat([bytes(shown.join(SEPARATOR)), ...(parts.length > MOST_PARTS ? [Buffer.from(':…')] : [])]);
}

function isId(part: string): boolean {
  return part === '' || lengthOf(part) > LONGEST_PART || /[\d{}@]/.test(part);
}

/** In characters where it is text. */
function lengthOf(part: string): number {
  return bytes(part).toString('utf8').length;
}

function bytes(part: string): Buffer {
  return Buffer.from(part, 'latin1');
}
