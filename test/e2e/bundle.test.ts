import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, test } from 'vitest';
import { ROOT } from '../support/cli.ts';

interface Import {
  readonly path: string;
  readonly kind: string;
  readonly external?: boolean;
}

interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly Import[];
}

const { outputs } = JSON.parse(readFileSync(`${ROOT}dist/meta.json`, 'utf8')) as {
  readonly outputs: Readonly<Record<string, Output>>;
};
const names = Object.keys(outputs);

/** Libraries ask for these in a `try`, and go on without them. */
const OPTIONAL = ['pg-native', 'supports-color', '@node-rs/xxhash', '@opentelemetry/api'];

/** The verbs, which `start.cjs` never loads: it answers from the table that names them. */
const isVerb = ({ path }: Import): boolean => /^\.\.\/.*\.ts$/.test(path);

test.each(names)('%s needs no package when it runs', (name) => {
  const { imports = [], entryPoint } = outputs[name] ?? {};
  const asked = imports.filter((one) => one.external === true && !(entryPoint === 'src/start.ts' && isVerb(one)));
  const packages = asked.map(({ path }) => path).filter((path) => !isBuiltin(path) && !OPTIONAL.includes(path));
  expect([...new Set(packages)]).toEqual([]);
});

// Code that was compiled by an earlier run cannot `import()`, not even a module of Node.js.
test('what is kept as compiled code imports nothing when it runs', () => {
  const kept = names.filter((name) => /\/program-[^/]*\.cjs$/.test(name));
  expect(kept).toHaveLength(1);
  for (const name of kept) {
    const external = outputs[name]?.imports.filter(({ external: isExternal }) => isExternal === true) ?? [];
    expect(external.filter(({ kind, path }) => kind !== 'require-call' && !isBuiltin(path))).toEqual([]);
    // esbuild calls a table after the `import()` with a variable in it, which it stands for.
    const left = readFileSync(ROOT + name, 'utf8').match(/.*(?<!['.\w$]|\/\/ )import\(.*/g);
    expect(left).toBeNull();
  }
});
