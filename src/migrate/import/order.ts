import type { Draft } from './tool.ts';

/** By version, as numbers of any length. */
export function byVersion({ version: a }: Pick<Draft, 'version'>, { version: b }: Pick<Draft, 'version'>): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** By the names of the files, as a tool does that compares texts. */
export function byFileName(
  { sources: [a = ''] }: Pick<Draft, 'sources'>,
  { sources: [b = ''] }: Pick<Draft, 'sources'>,
): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
