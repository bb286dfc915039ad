import { escapeControlsExcept } from '../lib/escape-controls.ts';

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Tone = keyof typeof CODES;

/**
 * Marks text for a terminal. Everything that makes text may paint: main takes the marks out again for a stream that
 * gets no colour, so that the decision is made in one place.
 */
export function paint(tone: Tone, text: string): string {
  const [on, off] = CODES[tone];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
}

const MARK = `\u001b\\[(?:${[...new Set(Object.values(CODES).flat())].join('|')})m`;
const MARKS = new RegExp(MARK, 'g');
const MARKS_AND_LAYOUT = new RegExp(`${MARK}|[\n\t]`, 'g');

/** The text without what `paint` has marked. */
export function unpainted(text: string): string {
  return text.replaceAll(MARKS, '');
}

/** One line with nothing in it that a terminal acts upon but our own colours: a line break shows as `\x0a`. */
export function safeLine(text: string): string {
  return escapeControlsExcept(text, MARKS);
}

/** As `safeLine`, for text of several lines. Names and messages of servers reach the terminal through this. */
export function safeText(text: string): string {
  return escapeControlsExcept(text, MARKS_AND_LAYOUT);
}
