import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { readTextIfThere } from '../lib/files.ts';
import { shellWord } from '../lib/quote.ts';

export interface ProgramSource {
  readonly service: string;
  /** Absolute folder of its source. */
  readonly folder: string;
}

/** What a shell answers for a program that it cannot find. */
const NOT_FOUND = 127;

/**
 * Runs the `build` script of each program's package.json, where it has one, so that what is started is made from the
 * source as it is now. A machine without the build tool keeps what was built before.
 * @throws E_BUILD_FAILED with what the script said.
 */
export async function buildPrograms(
  programs: readonly ProgramSource[],
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  for (const { service, folder } of programs) {
    if (!(await hasBuildScript(folder))) continue;
    const code = await step(
      emit,
      { id: `bundle:${service}`, title: `npm run build for ${service}` },
      () => built({ service, folder }, signal),
      (exitCode) => ({
        state: 'done',
        ...(exitCode === NOT_FOUND && { detail: 'left as it was built: its build tool is not here' }),
      }),
    );
    if (code === NOT_FOUND) {
      emit({
        type: 'warning',
        text: `${service} is used as it was built: what its source is built with is not installed`,
      });
    }
  }
}

/** The exit code: 0, or that of a build tool that is not here. */
async function built({ service, folder }: ProgramSource, signal: AbortSignal): Promise<number> {
  const { code, output } = await npmRunBuild(folder, signal);
  if (code !== 0 && code !== NOT_FOUND) throw buildFailed(service, folder, output);
  return code;
}

async function hasBuildScript(folder: string): Promise<boolean> {
  const text = await readTextIfThere(join(folder, 'package.json'));
  if (text === undefined) return false;
  try {
    return (JSON.parse(text) as { scripts?: { build?: unknown } }).scripts?.build !== undefined;
  } catch (error) {
    throw new StackctlError('E_BUILD_FAILED', `${join(folder, 'package.json')} is not JSON`, {
      hint: 'Fix the file and run the command again.',
      cause: error,
    });
  }
}

function npmRunBuild(folder: string, signal: AbortSignal): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', 'build'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => chunks.push(text));
    child.once('error', (error) => reject(signal.aborted ? signal.reason : buildFailed('npm', folder, error.message)));
    child.once('close', (code) => resolve({ code: code ?? 1, output: chunks.join('') }));
  });
}

function buildFailed(service: string, folder: string, output: string): StackctlError {
  const log = output.trim().split('\n').slice(-20);
  return new StackctlError(
    'E_BUILD_FAILED',
    `${service} could not be built:\n${log.map((line) => `  | ${line}`).join('\n')}`,
    { hint: `See it by itself: cd ${shellWord(folder)} && npm run build`, details: { service, folder, log } },
  );
}
