import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { killGroup } from '../../src/lib/process-group.ts';
import { ROOT } from '../support/cli.ts';
import { KERNEL_WITH_NETEM as KERNEL } from '../support/need.ts';

const CABLE = 'drivers/net/veth';
const MODULES = ['net/sched/sch_prio', 'net/sched/sch_netem', 'net/sched/cls_u32'];
const fileOf = (name: string) => join(KERNEL.modules, 'kernel', `${name}.ko`);
const LIMIT_MS = 120_000;

/**
 * Kernels of small virtual machines leave netem out, so it runs in one that has it: Debian's User Mode Linux, an ordinary
 * process, which has this machine's files as its own.
 */
test.skipIf(!existsSync(KERNEL.program))(
  'a kernel that has netem slows down what goes to peers, and nothing else',
  { timeout: 2 * LIMIT_MS },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stackctl-netem-'));
    try {
      const script = join(folder, 'inside.mjs');
      // What it imports by name is looked for beside it.
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      await build({
        entryPoints: [join(ROOT, 'test', 'netem', 'inside.ts')],
        ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile: script, packages: 'external' },
      });
      const said = await insideKernel(folder, `${process.execPath} ${script} test ${MODULES.map(fileOf).join(' ')}`);
      expect(said.get('failed')).toBeUndefined();
      for (const name of MODULES) expect([name, said.get(`without ${basename(fileOf(name))}`)]).toEqual([name, false]);
      expect(said.get('is used')).toBe(true);
      expect(said.get('out of order')).toBe(0);
      const [before, slow, after] = ['before', 'slow', 'after'].map(
        (what) => said.get(what) as { peer: number; other: number },
      );
      console.log({ before, slow, after, heldBack: said.get('held back') });
      // Of a round trip one way is late: 100 ms, 20 ms more or less.
      expect((slow?.peer ?? 0) - (before?.peer ?? 0)).toBeGreaterThan(60);
      for (const ms of [before?.peer, before?.other, slow?.other, after?.peer, after?.other])
        expect(ms).toBeLessThan(60);
      expect(said.get('held back')).toBeGreaterThan(0);
      expect([said.get('held back before'), said.get('held back after')]).toEqual([0, 0]);
      expect(said.get('without its address')).toContain('no device of it has the address 10.9.0.9');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

/** What a command says on the console of that kernel, by name. */
async function insideKernel(folder: string, command: string): Promise<ReadonlyMap<string, unknown>> {
  const init = join(folder, 'init');
  const lines = ['mount -t proc proc /proc', 'mount -t sysfs sys /sys', 'mount -t tmpfs run /run'];
  lines.push(`busybox insmod ${fileOf(CABLE)}`);
  const path = 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp';
  const off = 'echo o >/proc/sysrq-trigger; sleep 60';
  await writeFile(init, ['#!/bin/sh', path, ...lines, 'ip link set lo up', command, off, ''].join('\n'));
  await chmod(init, 0o755);
  const child = spawn(
    KERNEL.program,
    ['mem=768M', 'rootfstype=hostfs', 'ro', `init=${init}`, 'con=null', 'con0=null,fd:1', 'quiet'],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder }, detached: true },
  );
  const end = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const timer = setTimeout(end, LIMIT_MS);
  const said = new Map<string, unknown>();
  const other: string[] = [];
  child.once('error', (error) => other.push(String(error)));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const [, text] = /^RESULT (.*)$/.exec(line.trim()) ?? [];
      if (text === undefined) other.push(line);
      else {
        const { what, result } = JSON.parse(text) as { readonly what: string; readonly result: unknown };
        said.set(what, result);
      }
    }
  } finally {
    clearTimeout(timer);
    end();
  }
  if (!said.has('end')) throw new Error(`it did not get to the end: ${other.join('\n')}`);
  return said;
}
