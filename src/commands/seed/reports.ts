/** The files that `seed traffic` writes about a run. */
import { resolve } from 'node:path';
import { writeFileAtomic } from '../../lib/files.ts';
import { hdrLog } from '../../traffic/measure/hdr-log.ts';
import { summaryOf, type TrafficResult } from '../../traffic/summary.ts';

/** What cannot be written is known before anything is sent. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function tryOut(cwd: string, out: string | undefined): Promise<void> {
  if (out !== undefined) await writeOut(cwd, out, JSON.stringify({ schemaVersion: 1, report: null }), '');
}

export async function writeReports(cwd: string, out: string | undefined, result: TrafficResult): Promise<void> {
  if (out === undefined) return;
  const { intervals, startedMs } = result;
  await writeOut(cwd, out, JSON.stringify(summaryOf(result), null, 2), hdrLog(intervals, startedMs));
}

async function writeOut(cwd: string, out: string, summary: string, log: string): Promise<void> {
  const path = resolve(cwd, out);
  await writeFileAtomic(path, `${summary}\n`);
  await writeFileAtomic(`${path.replace(/\.json$/, '')}.hdr`, log);
}
