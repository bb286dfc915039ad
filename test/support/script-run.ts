import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { poll } from '../../src/lib/poll.ts';
import { canRun } from './need.ts';
import { patience } from './wait-for.ts';

/** The shells of the images and machines that start scripts run on. */
export const SHELLS = ['sh', ...(canRun('busybox') ? ['busybox'] : [])] as const;
export type Shell = (typeof SHELLS)[number];

/** What BusyBox brings itself in an Alpine image. */
const APPLETS = 'rm sh awk cat chmod cmp cp date grep mv sleep sort timeout wc'.split(' ');

/**
 * Answers from files: `sentinel-<port>`, `role`, and `settings` for the server that is asked before the start; a second
 * passes with every TIME; notes every CONFIG SET in `calls`, one that it refuses in `refused`.
 */
const REDIS_CLI = `#!/bin/sh
cd "$FAKE"
case "$*" in
*ask.sock*ROLE*) cat probe-role 2>/dev/null || echo master ;;
*ask.sock*) if [ -e unknown ]; then cat unknown >&2; exit 1; fi; cat settings ;;
*"SENTINEL MASTER group") cat "sentinel-$4" ;;
*ROLE*) cat role ;;
*TIME*) echo . >>clock; wc -l <clock; echo 0 ;;
*SET*) [ ! -e refuse ] || { echo . >>refused; exit 1; }
  while [ "$2" != SET ]; do shift; done
  echo "$1" >commands; echo "$3 $4" >>calls ;;
esac
`;

/** Stands for redis-server: keeps what it was started with and runs until the test is over, or it has been asked. */
const SERVER = `#!/bin/sh
case "$*" in *ask.sock*) echo "$$" >"$FAKE/asked"; exec sleep 20 ;; esac
for word; do printf '%s\\n' "$word"; done >"$FAKE/argv.part"
mv "$FAKE/argv.part" "$FAKE/argv"
for conf; do [ ! -f "$conf" ] || { cp "$conf" "$FAKE/conf.part"; mv "$FAKE/conf.part" "$FAKE/conf"; }; done
exec sleep 20
`;

/** Files of the rendered folder, of the server's own, and of the programs that stand for Redis. */
export interface Files {
  readonly config: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly fake?: Readonly<Record<string, string>>;
}

/** A start script with folders of its own, so that tests run beside each other. */
export interface ScriptRun extends AsyncDisposable {
  at(...path: string[]): string;
  text(...path: string[]): Promise<string>;
  lay(files: Files): Promise<void>;
  /** Starts the script and waits until it has started the server. @returns the server's configuration file. */
  start(environment: Readonly<Record<string, string>>): Promise<string>;
  /** What the server was started with. */
  argv(): Promise<readonly string[]>;
}

export async function scriptRun(script: string, shell: Shell): Promise<ScriptRun> {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-start-'));
  const at = (...path: string[]): string => join(folder, ...path);
  const text = (...path: string[]): Promise<string> => readFile(at(...path), 'utf8');
  const children: ChildProcess[] = [];
  await Promise.all(['config', 'data', 'fake'].map((name) => mkdir(at(name))));
  const programs = { 'fake/redis-cli': REDIS_CLI, 'fake/server': SERVER, 'config/start.sh': script };
  await Promise.all(Object.entries(programs).map(([path, content]) => executable(at(path), content)));
  const path = [at('fake'), ...(shell === 'busybox' ? [await applets(at('applets'))] : []), process.env.PATH];
  return {
    at,
    text,
    lay: async ({ config, data = {}, fake = {} }) => {
      for (const [folderName, files] of Object.entries({ config, data, fake })) {
        for (const [name, content] of Object.entries(files)) await writeFile(at(folderName, name), content);
      }
    },
    start: async (environment) => {
      const errors: string[] = [];
      const folders = { FAKE: at('fake'), STACKCTL_CONFIG: at('config'), STACKCTL_DATA: at('data') };
      const child = spawn('sh', [at('config', 'start.sh'), at('fake', 'server')], {
        env: { PATH: path.join(delimiter), ...folders, ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      children.push(child);
      child.stderr.setEncoding('utf8').on('data', (chunk) => errors.push(chunk));
      const conf = await poll(
        async () => {
          if (child.exitCode !== null) throw new Error(`the script ended with ${child.exitCode}: ${errors.join('')}`);
          return (await isThere(at('fake', 'conf'))) ? text('fake', 'conf') : undefined;
        },
        { everyMs: 5, signal: patience() },
      );
      expect(errors.join('')).toBe('');
      return conf;
    },
    argv: async () => (await text('fake', 'argv')).split('\n').slice(0, -1),
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill('SIGKILL');
      // The guard looks for its server every 0.1 s and ends with it.
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

async function executable(path: string, content: string): Promise<void> {
  await writeFile(path, content);
  await chmod(path, 0o755);
}

/** A folder with BusyBox under the names of its applets. */
async function applets(folder: string): Promise<string> {
  await mkdir(folder);
  const places = (process.env.PATH ?? '').split(delimiter).map((place) => join(place, 'busybox'));
  const found = await Promise.all(places.map(isThere));
  const program = places[found.indexOf(true)] ?? 'busybox';
  await Promise.all(APPLETS.map((name) => symlink(program, join(folder, name))));
  return folder;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What stackctl decides, behind the file, where it wins. */
export function ownOptions(data: string, host = '127.0.0.1', port = 7001): readonly string[] {
  const listen = host === '127.0.0.1' ? ['--bind', host] : ['--bind', '0.0.0.0', '--protected-mode', 'no'];
  const started = ['--daemonize', 'no', '--supervised', 'no', '--pidfile', '', '--logfile', '', '--dir', data];
  return [...listen, '--port', String(port), ...started];
}
