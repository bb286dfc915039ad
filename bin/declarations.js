import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { replaceFiles } from '../packages/service-kit/build/replace-files.js';

/** Files of src/ that say all that the library's users see; they import nothing but each other. */
const FACE = ['api.ts', 'errors.ts', 'api/types.ts', 'api/call-types.ts'];
/** What `await using` stands on is in no library that a target before ESNext brings. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n';
const TSC = 'node_modules/typescript/bin/tsc';

/**
 * Writes dist/*.d.ts for the library. Only these files are read (`noResolve`), which takes a tenth of the time: `npm run
 * types` checks the types.
 */
export async function writeDeclarations(root) {
  const out = await mkdtemp(join(root, 'dist', '.declarations-'));
  try {
    const flags = ['--declaration', '--emitDeclarationOnly', '--noResolve', '--noCheck', '--ignoreConfig'];
    const target = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node', '--allowImportingTsExtensions'];
    const files = FACE.map((file) => join('src', file));
    const args = [TSC, ...files, ...flags, ...target, '--rootDir', 'src', '--outDir', out];
    await promisify(execFile)(process.execPath, args, { cwd: root });
    for (const name of await readdir(out, { recursive: true })) {
      if (!name.endsWith('.d.ts')) continue;
      const text = await readFile(join(out, name), 'utf8');
      const imports = text.replaceAll(/(from '\..*?)\.ts'/g, "$1.js'");
      const contents = /\bAsyncDisposable\b|\basyncDispose\b/.test(imports) ? DISPOSABLE + imports : imports;
      await replaceFiles([{ path: join(root, 'dist', name), contents }]);
    }
  } finally {
    await rm(out, { recursive: true });
  }
}
