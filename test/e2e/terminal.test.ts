import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, ROOT, run, STACKCTL } from '../support/cli.ts';
import { canRun } from '../support/need.ts';

/** Inside the repository, so that the packages are found; `script` (util-linux) gives each run a terminal. */
let folder: string;

beforeAll(async () => {
  await mkdir(join(ROOT, '.test-tmp'), { recursive: true });
  folder = await mkdtemp(join(ROOT, '.test-tmp/terminal-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function onTerminal(command: string): Promise<{ readonly code: Finished['code']; readonly screen: string }> {
  const inner = `stty cols 100 rows 40; ${command}`;
  const env = { PATH: process.env.PATH, TERM: 'xterm' };
  const { code, out } = await run('script', ['-qec', inner, '/dev/null'], { env });
  return { code, screen: out.replaceAll('\r', '') };
}

describe.skipIf(!canRun('script'))('on a terminal', () => {
  test('steps are a live list that ends with their last states, warnings come below it', async () => {
    const { code, screen } = await onTerminal(`${process.execPath} ${await program(EVENTS)}`);
    expect(code).toBe(0);
    expect(screen.indexOf('runtime process')).toBe(0);
    expect(stripVTControlCharacters(screen)).toContain('start redis-1 waiting');
    const end = stripVTControlCharacters(screen.slice(screen.lastIndexOf('\u001b[G')));
    expect(end).toBe(
      '✔ start redis-1 412 ms\n✖ start redis-2 exit 1\n✖ start redis-3 not finished\nwarning: even number\nanswer\n',
    );
    expect(screen).toContain('\u001b[?25h');
  });

  test('colour is for terminals, and NO_COLOR takes it away', async () => {
    const inColour = await onTerminal(`${process.execPath} ${STACKCTL} nonsense`);
    expect(inColour.screen).toContain('\u001b[31merror E_USAGE:\u001b[39m');
    const plain = await onTerminal(`NO_COLOR=1 ${process.execPath} ${STACKCTL} nonsense`);
    expect(plain.screen).toContain('error E_USAGE:');
    expect(plain.screen).not.toContain('\u001b');
  });
});

const EVENTS = `
  emit({ type: 'note', text: 'runtime process' });
  for (const n of ['1', '2', '3']) emit({ type: 'step', id: n, title: 'start redis-' + n, state: 'start', detail: 'waiting' });
  emit({ type: 'warning', text: 'even number' });
  await new Promise((resolve) => setTimeout(resolve, 250));
  emit({ type: 'step', id: '1', title: 'start redis-1', state: 'progress', detail: 'no link' });
  emit({ type: 'step', id: '1', title: 'start redis-1', state: 'done', detail: '412 ms' });
  emit({ type: 'step', id: '2', title: 'start redis-2', state: 'failed', detail: 'exit 1' });`;

/** A program that emits these events through the progress of the source. */
async function program(events: string): Promise<string> {
  const source = join(folder, 'events.ts');
  await writeFile(
    source,
    `import { openProgress } from '${ROOT}src/output/progress.ts';
const { emit, close } = openProgress({ stderr: process.stderr, colour: false, live: true });
${events}
await close();
console.log('answer');
`,
  );
  const outdir = join(folder, 'out');
  const outExtension = { '.js': '.mjs' };
  const common = { bundle: true, splitting: true, format: 'esm', platform: 'node', packages: 'external' } as const;
  await build({ ...common, entryPoints: [source], outdir, outExtension });
  return join(outdir, 'events.mjs');
}
