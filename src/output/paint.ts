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
