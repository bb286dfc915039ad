import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const FOR_S = Number(process.env.BENCH_REST_S ?? 60);
/** After the start: what V8 compiles and collects then is not rest. */
const SETTLE_S = 5;
/** Share of one core, in percent. */
const GOAL = 0.3;
/** USER_HZ of /proc: the same on every Linux that Node.js runs on. */
export const TICKS_PER_SECOND = 100;

/**
 * What the supervisor of a running redis-sentinel project costs while nothing happens: its CPU time against `GOAL`, and its
 * memory. Prints both; true when the goal is reached.
 *
 * @param {(runtime: string, measure: (project: {up: () => Promise<void>, options: {cwd: string}}) => Promise<boolean>) => Promise<boolean>} inProject
 */
export function supervisorAtRest(inProject) {
  return inProject('process', async ({ up, options }) => {
    await up();
    const pid = await supervisorOf(options.cwd);
    await delay(SETTLE_S * 1000);
    const before = await ticks(pid);
    await delay(FOR_S * 1000);
    const percent = (((await ticks(pid)) - before) / TICKS_PER_SECOND / FOR_S) * 100;
    const { private: own, resident } = await memory(pid);
    const passed = percent <= GOAL;
    console.log(`${passed ? 'pass' : 'FAIL'}  supervisor at rest, six servers`);
    console.log(`      ${percent.toFixed(2)} % of a core over ${FOR_S} s (goal: at most ${GOAL} %)`);
    console.log(`      ${own.toFixed(1)} MiB of its own memory, ${resident.toFixed(1)} MiB with what it shares`);
    return passed;
  });
}

export async function supervisorOf(folder) {
  const projects = join(folder, '.stackctl');
  const [project] = (await readdir(projects, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return JSON.parse(await readFile(join(projects, project.name, 'supervisor/lock'), 'utf8')).pid;
}

/** User and system time, the fields 14 and 15 of /proc/PID/stat. */
async function ticks(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** In MiB. Its own: what no other process maps, and no file holds. */
async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { private: field('RssAnon'), resident: field('VmRSS') };
}
