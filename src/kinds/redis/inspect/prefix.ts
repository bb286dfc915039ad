/** What keys have in common: `room:{room-7}:ops` and `room:{room-8}:ops` are `room:*:ops`. Pure. */

const SEPARATOR = ':';
/** Longer parts are hashes, addresses, names of somebody: not what a group of keys is called. */
const LONGEST_PART = 24;
const MOST_PARTS = 4;

/** A key with every part that looks like an id replaced. */
export function prefixOf(key: string): string {
  const parts = key.split(SEPARATOR);
  const [first = ''] = parts;
  if (parts.length === 1) return first.length > LONGEST_PART || /\d/.test(first) ? '*' : first;
  const shown = parts.slice(0, MOST_PARTS).map((part) => (isId(part) ? '*' : part));
  return [...shown, ...(parts.length > MOST_PARTS ? ['…'] : [])].join(SEPARATOR);
}

function isId(part: string): boolean {
  return part === '' || part.length > LONGEST_PART || /[\d{}@]/.test(part);
}
