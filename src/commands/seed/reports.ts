/** The files that `seed traffic` writes about a run. */
import { resolve } from 'node:path';
import { writeFileAtomic } from '../../lib/files.ts';
import { trafficPage } from '../../output/traffic-page/page.ts';
import { hdrLog } from '../../traffic/measure/hdr-log.ts';
import { summaryOf, type TrafficResult } from '../../traffic/summary.ts';
import { VERSION } from '../../version.ts';
import type { SeedFlags } from './flags.ts';

type ReportFlags = Pick<SeedFlags, 'out' | 'html'>;

/** What cannot be written is known before anything is sent. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function tryReports(cwd: string, { out, html }: ReportFlags): Promise<void> {
  if (out !== undefined) await writeOut(cwd, out, JSON.stringify({ schemaVersion: 1, report: null }), '');
  if (html !== undefined) await writeFileAtomic(resolve(cwd, html), 'The run has not ended.\n');
}

export async function writeReports(cwd: string, { out, html }: ReportFlags, result: TrafficResult): Promise<void> {
  const { intervals, startedMs } = result;
  const summary = summaryOf(result);
  if (out !== undefined) await writeOut(cwd, out, JSON.stringify(summary, null, 2), hdrLog(intervals, startedMs));
  if (html === undefined) return;
  await writeFileAtomic(resolve(cwd, html), trafficPage({ summary, madeBy: `stackctl ${VERSION}` }));
}

async function writeOut(cwd: string, out: string, summary: string, log: string): Promise<void> {
  const path = resolve(cwd, out);
  await writeFileAtomic(path, `${summary}\n`);
  await writeFileAtomic(`${path.replace(/\.json$/, '')}.hdr`, log);
}
