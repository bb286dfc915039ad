import fc from 'fast-check';

/** What some reader of configuration takes for something else. No carriage return: see `WITH_RETURNS`. */
const PIECES = [
  '$',
  '$HOME',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell and Compose would fill it in
  '${HOME}',
  '$$',
  '$(touch canary)',
  '`touch canary`',
  '\\',
  '"',
  "'",
  '#',
  ' ',
  '\t',
  '\n',
  '\\n',
  '=',
  '!',
  '%',
  '%s',
  ',',
  ';',
  '&',
  '|',
  '*',
  '~',
  '-',
  ':',
  '{{',
  '\u00a0',
  'ä',
  '😀',
  'a',
  '0',
] as const;

/** One line and more, each piece alone, at both ends, and a few hundred mixtures of them: the same in every run. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  '-n',
  ' both ends ',
  'null',
  '0123',
  ...PIECES,
  ...PIECES.map((piece) => `${piece}x${piece}`),
  ...fc
    .sample(fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 7 }), { seed: 4711, numRuns: 300 })
    .map((pieces) => pieces.join('')),
];

export const WITH_RETURNS: readonly string[] = ['a\rb', 'a\r\nb', "it's\r\n", '\r'];

export const NASTY_LINES: readonly string[] = NASTY_TEXTS.filter((text) => !/[\n\t]/.test(text));
