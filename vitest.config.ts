import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Loads scripts as text, as bin/build.js does. */
const textFiles = {
  name: 'text-files',
  enforce: 'pre' as const,
  transform: (text: string, id: string) =>
    /\.(sh|bash|zsh|fish)$/.test(id) ? { code: `export default ${JSON.stringify(text)};` } : undefined,
};

/** What the build of a program puts in place of these names: packages/service-kit/build/bundle.js. */
const alias = [
  { find: /^stackctl\/service-kit$/, replacement: kit('index.ts') },
  { find: /^stackctl\/service-kit\/(.+)$/, replacement: kit('$1/index.ts') },
];

/** For every project. */
const ours = { plugins: [textFiles], resolve: { alias } };

// Three projects: `unit` needs nothing and takes milliseconds a test; `contract` and `e2e` start real servers, one
// file at a time because the tests count milliseconds and the machine may have two cores.
export default defineConfig({
  test: {
    projects: [
      {
        ...ours,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contract/**', 'test/e2e/**', '**/node_modules/**'],
          isolate: false,
          // By default one core is left free, which on two means half the speed.
          maxWorkers: '100%',
        },
      },
      {
        ...ours,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...ours,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});

function kit(path: string): string {
  return fileURLToPath(new URL(`packages/service-kit/src/${path}`, import.meta.url));
}
