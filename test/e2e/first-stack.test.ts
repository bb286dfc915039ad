import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, run, STACKCTL } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { processesIn } from '../support/leftovers.ts';

/** A block of the page: a file, whose path stands in the line before it, or commands with what they print. */
interface Block {
  readonly file: string | undefined;
  readonly text: string;
}

test('docs/first-stack.md: what it says to write and to type prints what it shows, and nothing is left', async () => {
  const blocks = blocksOf(await readFile(join(ROOT, 'docs/first-stack.md'), 'utf8'));
  const base = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-first-')));
  const folder = join(base, 'project');
  const port = await freePorts(2);
  await mkdir(folder);
  // The ports of the page may be taken here.
  const local = `values: { databasePort: ${port}, apiPort: ${port + 1} }\n`;
  await writeFile(join(folder, 'stackctl.local.yaml'), local);
  const type = (line: string) => typed(line, folder, base);
  try {
    let seeded = false;
    for (const { file, text } of blocks) {
      if (file !== undefined) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), text);
        continue;
      }
      for (const [, line = '', shown = ''] of text.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
        const { code, out, err } = await type(line);
        expect({ line, code, err }).toMatchObject({ line, code: 0 });
        expect(alike(out, folder), line).toBe(alike(shown, folder));
        if (!line.startsWith('stackctl seed')) continue;
        seeded = true;
        expect(await storedOrders(port)).toBe('1000\n');
      }
    }
    expect(seeded).toBe(true);
    expect(processesIn(folder)).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${port + 1}/health`)).rejects.toThrow();
  } finally {
    await type('stackctl down --volumes --yes');
    await rm(base, { recursive: true });
  }
});

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/(?:^`([^`\n]+)`:\n\n)?^```\w+\n([\s\S]*?)^```$/gm)].map(([, file, text = '']) => ({
    file,
    text,
  }));
}

/** Runs a line of the page, which has no words that a shell would change. */
function typed(line: string, cwd: string, base: string) {
  const [program = '', ...args] = line.split(' ');
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|STACKCTL_|FORCE_COLOR)/.test(name));
  const env = { ...Object.fromEntries(own), XDG_STATE_HOME: join(base, 'state') };
  return run(program === 'stackctl' ? STACKCTL : program, args, { cwd, env });
}

/** Asks the server itself, not stackctl. */
async function storedOrders(port: number): Promise<string> {
  const env = { ...process.env, PGPASSWORD: 'orders' };
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', 'orders', 'orders'];
  return (await run('psql', ['-XAtc', 'SELECT count(*) FROM orders', ...where], { env })).out;
}

/** Without what differs from run to run: the folder, identities, times, widths of columns, and numbers that are measured. */
function alike(text: string, folder: string): string {
  return text
    .replaceAll(folder, '/home/you/shop')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/run [\da-f]+-[\da-f]+/g, 'run ID')
    .replace(/(\d+ m )?\d+(\.\d+)? (ms|s|m|min)\b/g, 'DURATION')
    .replace(/(?<=127\.0\.0\.1:)\d+|(?<=PORT=)\d+/g, 'PORT')
    .replace(/version [\d.]+|\d+(\.\d+)? MiB|connections \d+/g, 'N')
    .replace(/[\d.]+\/s/g, 'RATE')
    .replace(/^sent to acknowledged .*$/m, 'sent to acknowledged')
    .replace(/^MS .*$/m, 'MS')
    .replace(/\d+ events acked meanwhile.*$/m, 'N events acked meanwhile')
    .replace(/ +/g, ' ')
    .trim();
}
