import type { Draft } from './tool.ts';

/** By the numbers between the dots, of any length: `2.1` before `2.10`, `1` and `1.0` are the same. No version is 0. */
export function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((version) => version.split('.').map(BigInt));
  for (let index = 0; index < Math.max(as?.length ?? 0, bs?.length ?? 0); index++) {
    const difference = (as?.[index] ?? 0n) - (bs?.[index] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

export function byVersion({ version: a }: Pick<Draft, 'version'>, { version: b }: Pick<Draft, 'version'>): number {
  return compareVersions(a, b);
}

/** By the names of the files, as a tool does that compares texts. */
export function byFileName(
  { sources: [a = ''] }: Pick<Draft, 'sources'>,
  { sources: [b = ''] }: Pick<Draft, 'sources'>,
): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
