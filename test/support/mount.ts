import { execFileSync } from 'node:child_process';

/** A small file system of its own at `folder`, so that it can be full or read-only for root too. */
export function mountSmall(
  folder: string,
  size: string,
): Disposable & { readonly remount: (mode: 'ro' | 'rw') => void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'stackctl-test', folder]);
  return {
    remount: (mode) => void execFileSync('mount', ['-o', `remount,${mode}`, folder]),
    [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]),
  };
}
