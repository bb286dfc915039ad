import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatMessages } from 'esbuild';
import { bundleProgram, ENTRY } from './bundle.js';
import { develop } from './dev.js';

const USAGE = `usage: stackctl-service-kit build | dev, in the folder of a program
  build  bundles ${ENTRY} and its libraries to one file, dist/main.mjs
  dev    runs the program from its source, and again after every change`;

/**
 * What is printed goes to the host's stderr: mistakes in the source with their places, never a stack trace.
 * @param host what it uses of Node's `process`: argv, cwd() and stderr.
 * @returns the exit code: 0 done, 1 not built, 2 wrong words.
 */
export async function runCommand({ argv, cwd, stderr }) {
  const [verb, ...more] = argv.slice(2);
  const run = { build: bundleProgram, dev: develop }[verb];
  if (run === undefined || more.length > 0) {
    stderr.write(`${USAGE}\n`);
    return 2;
  }
  const folder = cwd();
  if (!existsSync(join(folder, ENTRY))) {
    stderr.write(`there is no ${ENTRY} in ${folder}: a program of the service kit begins there\n`);
    return 1;
  }
  try {
    const { warnings } = (await run(folder)) ?? { warnings: [] };
    stderr.write((await formatMessages(warnings, { kind: 'warning' })).join(''));
    return 0;
  } catch (error) {
    stderr.write(await explain(error));
    return 1;
  }
}

async function explain(error) {
  if (!error.errors?.length) return `${error.message}\n`;
  const mistakes = await formatMessages(error.errors, { kind: 'error' });
  const missing = [...new Set(error.errors.flatMap(({ text }) => missingPackage(text) ?? []))];
  const next = missing.length === 0 ? '' : `to install it in this folder: npm install ${missing.join(' ')}\n`;
  return `${mistakes.join('')}${next}`;
}

/** The name for `npm install`; undefined where a file of the program is missing. */
function missingPackage(text) {
  const [, path] = /^Could not resolve "([^"]+)"/.exec(text) ?? [];
  return path === undefined || /^[./]|^stackctl\//.test(path) ? undefined : /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}
