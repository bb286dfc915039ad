import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { isThere, readTextIfThere } from '../lib/files.ts';
import { packageRoot } from '../lib/package-root.ts';
import { shellWord } from '../lib/quote.ts';

export interface ProgramSource {
  readonly service: string;
  /** Absolute folder of its source. */
  readonly folder: string;
}

/** What a shell answers for a program that it cannot find. */
const NOT_FOUND = 127;

/**
 * Those that were asked for, and those of the service kit that were never built, as in a new clone or copy: the kit is always
 * there. Another program may be built in its image, with tools that this machine does not have.
 */
export async function programsToBuild(
  programs: readonly ProgramSource[],
  asked: ReadonlySet<string>,
): Promise<readonly ProgramSource[]> {
  const unbuilt = await Promise.all(programs.map(({ folder }) => isUnbuilt(folder)));
  return programs.filter(({ service }, index) => asked.has(service) || unbuilt[index]);
}

async function isUnbuilt(folder: string): Promise<boolean> {
  if (await isThere(join(folder, 'dist', 'main.mjs'))) return false;
  return (await buildScript(folder))?.includes('stackctl-service-kit build') === true;
}

export interface BuildContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Runs the `build` script of each program's package.json, where it has one, so that what is started is made from the
 * source as it is now. The script finds `stackctl-service-kit`, the bundler of the service kit, on its PATH. A program in a
 * folder that may not be written (a stackctl that another user has installed) is used as it was built.
 * @throws E_BUILD_FAILED with what the script said.
 */
export async function buildPrograms(programs: readonly ProgramSource[], context: BuildContext): Promise<void> {
  for (const program of programs) {
    if ((await buildScript(program.folder)) === undefined) continue;
    if (await isWritable(program.folder)) await buildProgram(program, context);
    else leaveAsBuilt(program, context.emit);
  }
}

function buildProgram({ service, folder }: ProgramSource, { env, emit, signal }: BuildContext): Promise<void> {
  return step(emit, { id: `bundle:${service}`, title: `npm run build for ${service}` }, async () => {
    const { code, output } = await npmRunBuild(folder, withKit(env), signal);
    if (code !== 0) throw buildFailed({ service, folder }, output, code);
  });
}

function leaveAsBuilt({ service, folder }: ProgramSource, emit: Emit): void {
  const copy = 'To change it, copy the folder of the stack, and run stackctl up with the copy.';
  emit({ type: 'warning', text: `${service} is used as it was built: ${folder} cannot be written. ${copy}` });
}

/** npm puts the `node_modules/.bin` folders of the program and of those above it before this. */
function withKit(env: BuildContext['env']): BuildContext['env'] {
  const kit = join(packageRoot(), 'packages', 'service-kit', 'bin');
  return { ...env, PATH: [kit, env.PATH].filter((part) => part !== undefined).join(delimiter) };
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** The `build` script of package.json; undefined where there is none. */
async function buildScript(folder: string): Promise<string | undefined> {
  const text = await readTextIfThere(join(folder, 'package.json'));
  if (text === undefined) return undefined;
  try {
    const script = (JSON.parse(text) as { scripts?: { build?: unknown } }).scripts?.build;
    return script === undefined ? undefined : String(script);
  } catch (error) {
    throw new StackctlError('E_BUILD_FAILED', `${join(folder, 'package.json')} is not JSON`, {
      hint: 'Fix the file and run the command again.',
      cause: error,
    });
  }
}

function npmRunBuild(
  folder: string,
  env: BuildContext['env'],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    // Loaded here: most runs build nothing.
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn('npm', ['run', '--silent', 'build'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => chunks.push(text));
    child.once('error', (error) => reject(signal.aborted ? signal.reason : npmMissing(error)));
    child.once('close', (code) => resolve({ code: code ?? 1, output: chunks.join('') }));
  });
}

function npmMissing(error: Error): StackctlError {
  return new StackctlError('E_BUILD_FAILED', `npm cannot be started: ${error.message}`, {
    hint: 'Install npm, which comes with Node.js, or run stackctl up without --build.',
    cause: error,
  });
}

function buildFailed({ service, folder }: ProgramSource, output: string, code: number): StackctlError {
  const log = output.trim().split('\n').slice(-20);
  const inFolder = `cd ${shellWord(folder)} && `;
  return new StackctlError(
    'E_BUILD_FAILED',
    `${service} could not be built:\n${log.map((line) => `  | ${line}`).join('\n')}`,
    {
      hint:
        code === NOT_FOUND
          ? `What it is built with is not installed: ${inFolder}npm install`
          : `To see it by itself: ${inFolder}npm run build`,
      details: { service, folder, log },
    },
  );
}
