import { escaped } from './markup.ts';
import { STYLE } from './style.ts';

export interface PageParts {
  /** Of the window: text. */
  readonly title: string;
  /** Markup. */
  readonly header: readonly string[];
  readonly main: readonly string[];
  /** Runs in the reader's browser; the page says the same without it. */
  readonly script?: string;
}

/** One page that needs nothing else: no other file, no network, and no script to be read. */
export function documentOf({ title, header, main, script }: PageParts): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    '<header>',
    ...header,
    '</header>',
    '<main>',
    ...main,
    '</main>',
    ...(script === undefined ? [] : [`<script>${script}</script>`]),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** A verdict in its colour. */
export function verdictMarkup(verdict: 'pass' | 'fail' | 'inconclusive'): string {
  return `<span class="verdict ${verdict}">${verdict}</span>`;
}
