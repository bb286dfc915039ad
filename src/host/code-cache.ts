import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../errors.ts';

export interface CachedProgram {
  /** Absolute path of a CommonJS file whose name has a hash of its content in it. */
  readonly file: string;
  /** Where this user keeps what can be made again. */
  readonly cacheFolder: string;
  /** What the run is for. Each part keeps the functions that its first successful run needed. */
  readonly part: string;
}

/**
 * Loads a CommonJS file, which must not use `import()`, with V8's compiled code from an earlier run, because compiling takes longer than most commands
 * work. For versions of Node.js that cannot do this by themselves (before 22: `module.enableCompileCache`).
 *
 * V8 rejects compiled code of another version or with other flags, and believes everything else: a damaged file ends the
 * process. So the file carries a checksum, and it is read only when no other user can write it.
 */
export function loadCached({ file, cacheFolder, part }: CachedProgram): unknown {
  const { Script } = process.getBuiltinModule('node:vm');
  const path = join(cacheFolder, 'code', basename(file), `${part}-${process.versions.v8}-${process.arch}.bin`);
  const cachedData = orUndefined(() => readCode(path));
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, {
    filename: file,
    ...(cachedData !== undefined && { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected === true) {
    process.once('exit', (code) => {
      if (code === 0) orUndefined(() => writeCode(path, script.createCachedData(), cacheFolder));
    });
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

const CHECKSUM_BYTES = 20;

function checksum(code: Uint8Array): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha1').update(code).digest();
}

/** Undefined for a file that another user can write, or that is damaged. */
function readCode(path: string): Buffer | undefined {
  const handle = openSync(path, 'r');
  try {
    const { uid, mode } = fstatSync(handle);
    if (!isOurs(uid) || (mode & WRITABLE_BY_OTHERS) !== 0) return undefined;
    const bytes = readFileSync(handle);
    const code = bytes.subarray(0, -CHECKSUM_BYTES);
    return checksum(code).equals(bytes.subarray(-CHECKSUM_BYTES)) ? code : undefined;
  } finally {
    closeSync(handle);
  }
}

const WRITABLE_BY_OTHERS = 0o022;

function isOurs(uid: number): boolean {
  return process.getuid === undefined || process.getuid() === uid;
}

/** By rename, so that it is whole. A folder of another user (sudo) gets no file of ours. */
function writeCode(path: string, code: Buffer, cacheFolder: string): void {
  if (!isOurs(statSync(nearestFolder(cacheFolder)).uid)) return;
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, Buffer.concat([code, checksum(code)]), { mode: 0o600 });
  renameSync(partial, path);
  removeOldBuilds(dirname(folder));
}

const KEPT_BUILDS = 3;

function removeOldBuilds(folder: string): void {
  const builds = readdirSync(folder).map((name) => join(folder, name));
  const byAge = builds.map((path) => ({ path, usedAt: statSync(path).mtimeMs })).sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of byAge.slice(KEPT_BUILDS)) rmSync(path, { recursive: true, force: true });
}

function nearestFolder(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : nearestFolder(dirname(path));
}

/** Without a cache everything works as well, only slower: no error of the file system is worth a word. */
function orUndefined<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
