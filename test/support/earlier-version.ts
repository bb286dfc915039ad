/** stackctl as it was released before: built from this repository's history and installed as a user does it. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from './cli.ts';

/** The first version whose projects every later one takes over. */
export const FIRST_VERSION = '977d1e4';

const CACHE = join(ROOT, 'node_modules/.cache/stackctl-versions');

/**
 * The program of a commit, `bin/stackctl.js` of its installed tarball. Built once and kept below node_modules.
 * @throws when the history does not have the commit (a shallow clone), or git or npm fail.
 */
export async function programOf(commit: string): Promise<string> {
  const folder = join(CACHE, commit);
  const program = join(folder, 'node_modules/stackctl/bin/stackctl.js');
  if (existsSync(program)) return program;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'build-'));
  try {
    await build(commit, work);
    await rm(folder, { recursive: true, force: true });
    await rename(join(work, 'installed'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

/** A file of a commit is taken out of the history; nothing of today's tree is used. */
async function build(commit: string, work: string): Promise<void> {
  const source = join(work, 'source');
  const installed = join(work, 'installed');
  await Promise.all([source, installed].map((folder) => mkdir(folder)));
  await must('git', ['archive', '--output', join(work, 'source.tar'), commit], ROOT);
  await must('tar', ['-xf', join(work, 'source.tar')], source);
  await must('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], source);
  const packed = await must('npm', ['pack', '--json', '--pack-destination', work], source);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
  await must('npm', ['init', '--yes'], installed);
  await must('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(work, filename)], installed);
}

async function must(program: string, args: readonly string[], cwd: string): Promise<string> {
  // What `npm run` puts into the environment is not what a user has.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const { code, out, err } = await run(program, args, { cwd, env });
  if (code === 0) return out;
  const hint = program === 'git' ? ' (a shallow clone lacks it: git fetch --unshallow)' : '';
  throw new Error(`${program} ${args.join(' ')} failed with ${code}${hint}\n${out}\n${err}`);
}
