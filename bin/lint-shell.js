import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * shellcheck over every script of the repository, in one process. A file without a first line `#!…` is a part: it is
 * checked where a script reads it, with the variables of that script.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['src', 'packages', 'test', 'templates', 'bin', 'bench', 'examples', '.ci'];
/** Rendered copies: what they are rendered from is checked. */
const LEFT_OUT = /(^|\/)(node_modules|dist|golden)\//;

const files = FOLDERS.flatMap((folder) => filesBelow(folder))
  .filter((path) => /\.(sh|bash)$/.test(path) && !LEFT_OUT.test(path))
  .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }));
const scripts = files.filter(({ path, text }) => text.startsWith('#!') || path.endsWith('.bash'));
const parts = files.filter((file) => !scripts.includes(file));
const unread = parts.filter(({ path }) => !scripts.some(({ text }) => text.includes(`/${nameOf(path)}\n`)));
if (unread.length > 0)
  fail(`no script reads ${unread.map(({ path }) => path).join(', ')}, and without a first line #! it is not checked`);

const options = ['--external-sources', '--check-sourced', '--source-path=SCRIPTDIR', '--format=gcc'];
const { status, error } = spawnSync('shellcheck', [...options, ...scripts.map(({ path }) => path)], {
  cwd: root,
  stdio: 'inherit',
});
if (error?.code === 'ENOENT') missing();
else if (error !== undefined) throw error;
else process.exitCode = status ?? 1;

function filesBelow(folder) {
  try {
    return readdirSync(root + folder, { recursive: true }).map((path) => join(folder, path));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A contributor without it can still work; CI checks what was pushed. */
function missing() {
  const text = `shellcheck is not installed, so that ${scripts.length} scripts were not checked. Run: apt-get install shellcheck (macOS: brew install shellcheck)`;
  const required = (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('shellcheck');
  if (process.env.CI || required) fail(text);
  else console.error(`warning: ${text}`);
}

function fail(text) {
  console.error(text);
  process.exitCode = 1;
}
