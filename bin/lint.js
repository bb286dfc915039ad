import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Biome over every file, then shellcheck over every script: npm run lint. What was found right is not looked at again
 * while it has the same bytes: a rule of biome.json judges a file by itself. `--all` looks at everything.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const CACHE = `${root}node_modules/.cache/`;
const BIOME = fileURLToPath(import.meta.resolve('@biomejs/biome/package.json'));
/** What a verdict depends on beside the file: settings, and the libraries that bring rules of their own. */
const SETTINGS = /(^|\/)(biome\.jsonc?|package\.json|\.gitignore|\.editorconfig|tsconfig\.json)$/;

const files = marked(listed());
const key = digest(readFileSync(BIOME), ...files.filter(({ path }) => SETTINGS.test(path)).map(({ mark }) => mark));
const right = process.argv.includes('--all') ? {} : kept();

if (!biome()) process.exitCode = 1;
else if (!shell()) process.exitCode = 1;
else keep();

function biome() {
  const known = new Set(right.key === key ? right.files : []);
  const changed = files.filter(({ mark }) => !known.has(mark)).map(({ path }) => path);
  if (files.length > 0 && changed.length === 0) return true;
  const what = known.size === 0 ? ['.'] : ['--no-errors-on-unmatched', '--files-ignore-unknown=true', ...changed];
  return run('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...what);
}

function shell() {
  const mark = shellMark();
  if (mark !== undefined && right.shell === mark) return true;
  return run('bin/lint-shell.js');
}

/** Scripts read each other. A version that nobody tells means no shellcheck: then it says so each time. */
function shellMark() {
  const { status, stdout } = spawnSync('shellcheck', ['--version']);
  if (status !== 0 || files.length === 0) return undefined;
  const read = files.filter(({ path }) => /\.(sh|bash)$|^bin\/lint-shell\.js$|(^|\/)\.shellcheckrc$/.test(path));
  return digest(stdout, ...read.map(({ mark }) => mark));
}

/** Paths that Git does not ignore; none where this is no clone, and then everything is looked at. */
function listed() {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.split('\0').filter(Boolean) : [];
}

/** With the mark of the bytes that each has now. One that was deleted is left out. */
function marked(paths) {
  return paths.flatMap((path) => {
    try {
      return [{ path, mark: digest(path, readFileSync(root + path)) }];
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'EISDIR') return [];
      throw error;
    }
  });
}

function digest(...parts) {
  const hash = createHash('sha256');
  // The length in front keeps two parts from being read as two others.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}\n`).update(part);
  return hash.digest('base64');
}

function kept() {
  try {
    return JSON.parse(readFileSync(`${CACHE}lint.json`, 'utf8'));
  } catch {
    // None yet, or a damaged one: everything is looked at.
    return {};
  }
}

/** By rename: two runs at a time leave the file of one of them. */
function keep() {
  // A file that was written meanwhile may have been read with other bytes than those of its mark.
  const now = new Set(marked(files.map(({ path }) => path)).map(({ mark }) => mark));
  const same = files.filter(({ mark }) => now.has(mark));
  const data = {
    key,
    files: same.map(({ mark }) => mark),
    shell: same.length === files.length ? shellMark() : undefined,
  };
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${CACHE}lint.${process.pid}.json`, JSON.stringify(data));
  renameSync(`${CACHE}lint.${process.pid}.json`, `${CACHE}lint.json`);
}

function run(program, ...args) {
  return spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}
