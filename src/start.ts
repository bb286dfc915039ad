/**
 * The first file of the built program, and a small one. `--version` and `--help` are answered by it alone; for everything
 * else it loads the program, with V8's compiled code from an earlier run where there is any.
 */
import { writeSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { join } from 'node:path';
import { type CommandLine, readCommandLine } from './commands/line/argv.ts';
import { overview } from './commands/line/help.ts';
import { COMMANDS, findCommand } from './commands/line/table.ts';
import { systemCode } from './errors.ts';
import { loadCached } from './host/code-cache.ts';
import { cacheFolder } from './lib/cache-folder.ts';
import { VERSION } from './version.ts';

/** Name of the program's file beside this one, put in by the build. It has a hash of the content in it. */
declare const STACKCTL_PROGRAM: string;

/** Called by bin/stackctl.cjs. Built as CommonJS, hence `__dirname`. */
export async function start(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2), COMMANDS);
  const text = textWithoutCommand(line);
  if (text !== undefined && tryWrite(`${text}\n`)) return;
  const program = load(line) as typeof import('./main.ts');
  await program.start();
}

function textWithoutCommand({ wants, json }: CommandLine): string | undefined {
  if (wants === 'help') return overview();
  return wants === 'version' && !json ? VERSION : undefined;
}

/** Without Node's streams, which take longer to load than the rest. What goes wrong here is left to the program to report. */
function tryWrite(text: string): boolean {
  try {
    return writeSync(STDOUT, text) === Buffer.byteLength(text);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}

const STDOUT = 1;

function load({ verb }: CommandLine): unknown {
  const file = join(__dirname, STACKCTL_PROGRAM);
  const part = verb === undefined ? undefined : findCommand(verb)?.name;
  return part === undefined || cachesByItself() || isUnwanted(process.env)
    ? createRequire(file)(file)
    : loadCached({ file, part, cacheFolder: cacheFolder(process.env) });
}

/** Node.js 22 and later: bin/stackctl.cjs has asked for it. */
function cachesByItself(): boolean {
  return 'enableCompileCache' in nodeModule;
}

/** By Node.js' own variables: no compiled code is kept, or every call is counted. */
function isUnwanted({ NODE_DISABLE_COMPILE_CACHE: disabled, NODE_V8_COVERAGE: coverage }: NodeJS.ProcessEnv): boolean {
  return disabled === '1' || Boolean(coverage);
}
