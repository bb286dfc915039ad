import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { output, stackctl } from './programs.js';
import { supervisorOf, TICKS_PER_SECOND } from './supervisor.js';

const STACKS = (await readdir(new URL('../templates', import.meta.url))).toSorted();
const FOR_S = Number(process.env.BENCH_IDLE_S ?? 20);
/** After all is healthy: what V8 compiles, and what servers do once after a start, is not rest. */
const SETTLE_S = 10;
/** Share of one core, in percent, of one program of a stack; what the servers themselves take is only told. */
const GOAL = 1;

/** What each process of every stack takes of a core while nothing happens, its children included. A stack that cannot come up is skipped. */
export async function idle(inFolder, skip) {
  const passes = [];
  for (const stack of STACKS) {
    passes.push(
      ...(await inFolder(async (folder, options) => {
        const up = ['up', stack, '--runtime', 'process', '--ports', 'auto', '--json'];
        const { code, out } = await output(up, options);
        if (code === 4) return [skip(`${stack} at rest`, 'process', JSON.parse(out).error.message)];
        try {
          if (code !== 0) throw new Error(`up ${stack} exits with ${code}: ${out.slice(0, 2000)}`);
          return await atRest(stack, folder, options);
        } finally {
          await stackctl(['down', '--volumes', '--yes', '--json'], options);
        }
      })),
    );
  }
  return passes;
}

async function atRest(stack, folder, options) {
  const { data } = JSON.parse((await output(['status', '--json'], options)).out);
  const programs = data.instances.map(({ name, kind, pid }) => ({ name, kind, pid }));
  programs.push({ name: 'supervisor', kind: 'supervisor', pid: await supervisorOf(folder) });
  await delay(SETTLE_S * 1000);
  const spent = async ({ kind, pid }) => ticks(pid, kind !== 'supervisor');
  const before = await Promise.all(programs.map(spent));
  await delay(FOR_S * 1000);
  const after = await Promise.all(programs.map(spent));
  const passes = [];
  for (const [index, { name, kind }] of programs.entries()) {
    const percent = ((after[index] - before[index]) / TICKS_PER_SECOND / FOR_S) * 100;
    const isOurs = kind === 'app' || kind === 'supervisor';
    const passed = !isOurs || percent <= GOAL;
    passes.push(passed);
    console.log(
      `${isOurs ? (passed ? 'pass' : 'FAIL') : 'note'}  ${stack} at rest, ${name}: ${percent.toFixed(2)} % of a core over ${FOR_S} s${isOurs ? ` (goal: at most ${GOAL} %)` : ''}`,
    );
  }
  return passes;
}

/**
 * User and system time: the fields 14 and 15 of /proc/PID/stat; with those of the processes below it, also of those that have ended (16 and
 * 17). The supervisor's own are the servers.
 */
async function ticks(pid, withChildren) {
  const all = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(statOf));
  const stats = all.filter((stat) => stat !== undefined);
  const below = (one) => stats.filter(({ parent }) => parent === one).flatMap((child) => [child, ...below(child.pid)]);
  const own = stats.find((stat) => stat.pid === pid);
  if (own === undefined) throw new Error(`process ${pid} is gone`);
  if (!withChildren) return own.own;
  return [own, ...below(pid)].reduce((sum, stat) => sum + stat.own + stat.ended, 0);
}

async function statOf(pid) {
  const stat = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return { pid: Number(pid), parent: Number(fields[1]), own: user + system, ended: endedUser + endedSystem };
}
