/** A hand-over whose stackctl is killed at an exact place, and what becomes of the group. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { InstanceView, StatusView } from '../../src/lifecycle/status.ts';
import type { HandOverMode } from '../../src/stack/contract/arbiter.ts';
import { ROOT } from './cli.ts';
import { ioredisOptions, startWriter } from './client-side.ts';
import { portOf, type TestProject, withRole } from './project.ts';
import { ask, askSentinel, missingKeys, roleOf } from './redis-side.ts';
import { untilHealthy } from './steps.ts';
import { waitFor } from './wait-for.ts';

/** What stackctl writes to a server, by the port of that one. */
export interface Write {
  readonly port: number;
  readonly words: string;
}

export interface Disturbed {
  /** Exit code. */
  readonly code: number;
  /** The last thing that was written before. */
  readonly after: string;
  readonly masterBefore: string;
  readonly masterAfter: string;
  readonly acked: number;
  /** From its end until all agree, all follow, and nobody is paused. */
  readonly settledMs: number;
}

/** Every write of a hand-over that is not disturbed, from the pause on. */
export async function writesOf(project: TestProject): Promise<readonly Write[]> {
  const { code, writes, err } = await runUntil(project, { at: Number.MAX_SAFE_INTEGER, stallMs: 0, mode: 'express' });
  expect(code, err).toBe(0);
  return writes;
}

/**
 * Kills stackctl right before its write number `at`, while an application writes. Fails unless the group ends with one
 * master that all agree on, nothing that was acknowledged is gone, and no server is paused.
 */
export function killAt(project: TestProject, at: number, withinMs: number): Promise<Disturbed> {
  return disturb(project, { at, stallMs: 0, mode: 'express' }, withinMs);
}

/** The same in a graceful hand-over: before its first write with these words (0), or the one after that (1). */
export function killGracefulAt(
  project: TestProject,
  { words, after }: { readonly words: RegExp; readonly after: 0 | 1 },
  withinMs: number,
): Promise<Disturbed> {
  return disturb(project, { at: after, words, stallMs: 0, mode: 'graceful' }, withinMs);
}

/** The same, but stackctl hangs there, as on a machine that is suspended or out of memory, and then goes on. */
export function stallAt(project: TestProject, at: number, withinMs: number, stallMs: number): Promise<Disturbed> {
  return disturb(project, { at, stallMs, mode: 'express' }, withinMs);
}

interface Disturbance {
  /** Number of the write before which it happens. */
  readonly at: number;
  /** What `at` counts from; by default the pause. */
  readonly words?: RegExp;
  /** 0: it is killed. */
  readonly stallMs: number;
  readonly mode: HandOverMode;
}

async function disturb(project: TestProject, disturbance: Disturbance, withinMs: number): Promise<Disturbed> {
  const { at, stallMs } = disturbance;
  const before = await untilHealthy(project);
  const writer = startWriter(await ioredisOptions(project), `kill-${at}`);
  const { code, writes } = await runUntil(project, disturbance);
  const killedAt = performance.now();
  if (stallMs === 0) expect(code).toBe(137);
  const servers = before.instances.filter(({ service }) => service === 'redis');
  const master = await waitFor('one master', () => settled(before, servers), withinMs);
  const settledMs = Math.round(performance.now() - killedAt);
  const fresh = startWriter(await ioredisOptions(project), `fresh-${at}`);
  await waitFor('writes to go on', async () => ((await ask(portOf(master), 'EXISTS', `fresh-${at}:20`)) as number) > 0);
  const acked = [...(await writer.stop()), ...(await fresh.stop())];
  expect(await missingKeys(portOf(master), acked), `after ${writes.at(-1)?.words}`).toEqual([]);
  await ask(portOf(master), 'FLUSHALL');
  return {
    code,
    after: writes.at(stallMs === 0 ? -1 : at)?.words ?? 'nothing',
    masterBefore: withRole(before, 'master').name,
    masterAfter: master.name,
    acked: acked.length,
    settledMs,
  };
}

async function runUntil(project: TestProject, { at, words, stallMs, mode }: Disturbance) {
  const log = join(project.folder, `writes-${at}-${Date.now()}`);
  const preload = pathToFileURL(`${ROOT}test/support/die-at-write.js`).href;
  const env = {
    NODE_OPTIONS: `--import=${preload}`,
    DIE_AT: String(at),
    DIE_AT_WORDS: words?.source ?? '',
    DIE_STALL_MS: String(stallMs),
    DIE_LOG: log,
  };
  const { code, err } = await project.run(['failover', '--mode', mode, '--no-measure'], env);
  const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return { code, err, writes: lines.map((line) => JSON.parse(line) as Write) };
}

/** The master that every Sentinel names, when it says so itself, all others follow it, and nobody is paused. */
async function settled(view: StatusView, servers: readonly InstanceView[]): Promise<InstanceView | undefined> {
  try {
    const sentinels = view.instances.filter(({ service }) => service === 'sentinel');
    const named = await Promise.all(sentinels.map((one) => askSentinel({ port: portOf(one) })));
    const master = servers.find(({ peer }) => named.every(({ master }) => master === peer));
    if (master === undefined || named.some(({ flags }) => flags !== 'master')) return undefined;
    for (const one of servers) {
      // A pause holds back what goes to replicas, also on a replica: the question times out.
      await ask(portOf(one), 'PUBLISH', 'any', 'word');
      if (one === master) continue;
      const role = (await ask(portOf(one), 'ROLE')) as readonly unknown[];
      if (role[0] !== 'slave' || `${role[1]}:${role[2]}` !== master.peer || role[3] !== 'connected') return undefined;
    }
    return (await roleOf(portOf(master))) === 'master' ? master : undefined;
  } catch {
    return undefined; // one that is paused, or gone for a moment
  }
}
