import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackctlError } from '../../../errors.ts';
import { makeFolder } from '../../../lib/files.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverEnvironment } from './server-environment.ts';

/**
 * Starts a supervisor that outlives this process and its terminal. It decides itself whether it is the only one.
 * @param more further words of its command line, see its README.
 * @throws E_SUPERVISOR when its program is missing or cannot be started.
 */
export async function spawnSupervisor({ paths, env }: RuntimeInput, ...more: readonly string[]): Promise<ChildProcess> {
  const program = programOf(env);
  await makeFolder(paths.supervisor);
  const log = openSync(join(paths.supervisor, 'supervisor.log'), 'a', 0o600);
  try {
    // It works in the project's own folder and knows no path to it: so it goes along when the folder is moved.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn(
      process.execPath,
      [program, ...[paths.instances, paths.supervisor].map((path) => basename(path)), ...more],
      {
        cwd: paths.root,
        env: serverEnvironment(env),
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    child.unref();
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw new StackctlError('E_SUPERVISOR', `cannot start the supervisor: ${(error as Error).message}`, {
      hint: 'Check the limits on processes and memory (ulimit -a).',
      cause: error,
    });
  } finally {
    closeSync(log);
  }
}

/** The build puts it at the top of `dist/`; this code is in there or one folder below. */
function programOf(env: RuntimeInput['env']): string {
  const configured = env.STACKCTL_SUPERVISOR;
  const places = ['./supervisor.js', '../supervisor.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const program = configured ?? places.find((path) => existsSync(path));
  if (program !== undefined && existsSync(program)) return program;
  throw new StackctlError('E_SUPERVISOR', `the supervisor's program is missing: ${configured ?? places[0]}`, {
    hint: 'The installation is incomplete. Install stackctl again, or run `npm run build` in its repository.',
  });
}
