import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from './cli.ts';

const PARTS = ['bin', 'src', 'packages', 'package.json', 'package-lock.json'];

/**
 * A build of the program from a copy of its source in which the folders of test/extra lie beside the built-in kinds and
 * runtimes. Nothing else is changed.
 */
export async function buildWithExtras(): Promise<AsyncDisposable & { readonly program: string }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-extended-')));
  await Promise.all(PARTS.map((part) => cp(join(ROOT, part), join(folder, part), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await Promise.all(['templates', 'dist'].map((name) => mkdir(join(folder, name))));
  for (const sort of ['kinds', 'runtimes']) await copyExtras(join(ROOT, 'test/extra', sort), join(folder, 'src', sort));
  const built = await run(process.execPath, [join(folder, 'bin/build.js')], { cwd: folder });
  if (built.code !== 0) throw new Error(`the build failed:\n${built.out}${built.err}`);
  return {
    program: join(folder, 'bin/stackctl.cjs'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Their imports lead out of test/extra into src; in the copy they are in src themselves. */
async function copyExtras(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const name of await readdir(from, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const text = await readFile(join(to, name), 'utf8');
    await writeFile(join(to, name), text.replaceAll("'../../../../src/", "'../../"));
  }
}
