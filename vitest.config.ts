import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { defineConfig, type Plugin } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Loads scripts as text, as bin/build.js does. */
const textFiles = {
  name: 'text-files',
  enforce: 'pre' as const,
  transform: (text: string, id: string) =>
    /\.(sh|bash|zsh|fish)$/.test(id) ? { code: `export default ${JSON.stringify(text)};` } : undefined,
};

/** A file that imports by a pattern is compiled with what was there: a new folder of a kind or a runtime has to be another key of the cache. */
const newFolders: Plugin = {
  name: 'new-folders',
  configureVitest: ({ experimental_defineCacheKeyGenerator: defineKey }) => {
    defineKey(({ sourceCode }) =>
      /import\(`[^`]*\$\{/.test(sourceCode)
        ? ['src/kinds', 'src/runtimes', 'test/extra/kinds', 'test/extra/runtimes']
            .flatMap((folder) => readdirSync(folder))
            .join()
        : undefined,
    );
  },
};

/** What the build of a program puts in place of these names: packages/service-kit/build/bundle.js. */
const alias = [
  { find: /^stackctl\/service-kit$/, replacement: kit('index.ts') },
  { find: /^stackctl\/service-kit\/(.+)$/, replacement: kit('$1/index.ts') },
];

/** For every project. */
const ours = { plugins: [textFiles, newFolders], resolve: { alias } };

/** Files that measure an outage or an answer: what uses the processor beside them makes the figures worse. They mostly wait. */
const TIMED = [
  'test/e2e/failover.test.ts',
  'test/e2e/valkey-sentinel.test.ts',
  'test/contract/kinds/sentinel-failover.test.ts',
  'test/contract/services/cache-api.test.ts',
];

/** Two keep two cores busy. With a third nothing ends earlier, and servers on an overloaded machine miss their deadlines. */
const AT_ONCE = 2;

/** Beyond every deadline of a wait, so that a test which hangs says what it waited for. */
const REAL_SERVERS = { testTimeout: 600_000, hookTimeout: 600_000 };

// For the threads of `unit`, where most code runs for a moment: to optimize it early takes a fifth of the time, and so
// does tidying up a small space for young objects again and again. Later versions of Node do not know the last one.
setFlagsFromString('--max-semi-space-size=64');
setFlagsFromString('--always-sparkplug');
if (process.version.startsWith('v20.')) setFlagsFromString('--interrupt-budget=600000');

// `unit` needs nothing and takes milliseconds a test. The others start real servers and programs: `contract` tries one
// part of stackctl with them, `e2e` the built stackctl, `timed` is the few of both that run alone. `long` is not part of
// the gate.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // What was compiled for the last run is used again: a third of the time of the unit tests.
    experimental: { fsModuleCache: true },
    projects: [
      {
        ...ours,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contract/**', 'test/e2e/**', 'test/long/**', '**/node_modules/**'],
          isolate: false,
          // Quicker to start than processes, and what they have loaded costs less.
          pool: 'threads',
          // Tests that run beside others of their file wait for deadlines.
          maxConcurrency: 30,
          // A machine that is busy is no failure. What hangs is found all the same.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
          // By default one core is left free, which on two means half the speed.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      ...(['contract', 'e2e'] as const).map((name) => ({
        ...ours,
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          exclude: TIMED,
          maxWorkers: AT_ONCE,
          sequence: { groupOrder: 1 },
          ...REAL_SERVERS,
        },
      })),
      {
        ...ours,
        test: {
          name: 'timed',
          include: TIMED,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          ...REAL_SERVERS,
        },
      },
      {
        ...ours,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          ...REAL_SERVERS,
        },
      },
    ],
  },
});

function kit(path: string): string {
  return fileURLToPath(new URL(`packages/service-kit/src/${path}`, import.meta.url));
}
