/** Texts by the columns that they take on a terminal: two for a CJK letter or an emoji, none for a combining mark or a colour. */
import { unpainted } from './paint.ts';

export function widthOf(text: string): number {
  const bare = unpainted(text);
  return PLAIN.test(bare) ? bare.length : stringWidth()(bare);
}

/** Printable ASCII: a column for each letter. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Loaded by the first text that is not plain: its expressions for emoji take as long to make as all else of a short command. */
function stringWidth(): (text: string) => number {
  return (require('string-width') as typeof import('string-width')).default;
}

export function padEnd(text: string, width: number): string {
  return text + spaces(width - widthOf(text));
}

export function padStart(text: string, width: number): string {
  return spaces(width - widthOf(text)) + text;
}

/** At most `width` columns, with `…` in place of what is cut off. A letter and its marks stay together. For text without colour. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function spaces(count: number): string {
  return ' '.repeat(Math.max(0, count));
}
