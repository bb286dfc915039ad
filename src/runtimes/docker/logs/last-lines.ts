import type { LogStart } from '../../../stack/contract/runtime-options.ts';
import { findInstance } from '../containers/find-instance.ts';
import { engineSeconds, instant } from '../engine/instants.ts';
import { logLines } from './log-lines.ts';
import { type Asked, beginOf, EARLIEST_MS } from './logged.ts';

/** The last lines of a container since one of its starts. @throws E_INSTANCE_NOT_FOUND */
export async function lastLines(
  { engine, projectId, instance }: Asked,
  count: number,
  { startedAt }: LogStart,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  if (startedAt === undefined) return [];
  const { Id } = await findInstance(engine, projectId, instance);
  const { State } = await engine.reader.inspectContainer(Id);
  const isThisRun = instant(State.StartedAt) === startedAt;
  const earliest = engineSeconds(new Date(Date.parse(startedAt) - EARLIEST_MS).toISOString());
  const since = (isThisRun ? beginOf(State) : undefined) ?? earliest;
  const docker = await engine.docker();
  const options = {
    follow: false,
    stdout: true,
    stderr: true,
    timestamps: true,
    since,
    tail: count,
    abortSignal,
  } as const;
  const answer = await docker.getContainer(Id).logs(options);
  const lines: string[] = [];
  for await (const { text } of logLines([answer], docker.modem.demuxStream)) lines.push(text);
  return lines;
}
