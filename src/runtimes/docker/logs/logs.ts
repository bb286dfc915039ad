import type { LogLine, LogOptions } from '../../../stack/contract/runtime-options.ts';
import { containerOf } from '../containers/project-objects.ts';
import { engineSeconds } from '../engine/instants.ts';
import type { ProjectInput } from '../engine/project-input.ts';
import { followAll } from './follow.ts';
import { type InstanceLine, logLines } from './log-lines.ts';

/**
 * What the instances have logged, in the order of time, and with `follow` what they log from then on, also after a
 * restart or a recreation. Ends without an error when the signal aborts.
 */
export async function* logs(
  input: ProjectInput,
  instances: readonly string[],
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const histories = await Promise.all(instances.map((instance) => history(input, instance, options)));
  const shown = options.tail === 0 ? [] : histories.flat().sort(byTime);
  for (const entry of shown) yield logLine(entry);
  if (!options.follow) return;
  const starts = new Map(instances.map((instance, index) => [instance, histories[index]?.at(-1)?.stamp]));
  for await (const entry of followAll(input, starts, options)) yield logLine(entry);
}

function logLine({ instance, stamp, text }: InstanceLine): LogLine {
  // Milliseconds are what every other instant has; the Engine gives nanoseconds.
  return { instance, at: stamp === '' ? undefined : new Date(stamp).toISOString(), text };
}

function byTime(a: InstanceLine, b: InstanceLine): number {
  if (a.stamp === b.stamp) return 0;
  return a.stamp < b.stamp ? -1 : 1;
}

/** With `tail: 0` the last line is read too: following starts where it ends. */
async function history(
  input: ProjectInput,
  instance: string,
  { since, tail }: LogOptions,
): Promise<readonly InstanceLine[]> {
  const container = await containerOf(input.engine, input.projectId, instance);
  if (container === undefined) return [];
  const docker = await input.engine.docker();
  const answer = await docker.getContainer(container.Id).logs({
    follow: false,
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(since && { since: engineSeconds(since.toISOString()) }),
    ...(tail !== undefined && { tail: Math.max(tail, 1) }),
  });
  const entries: InstanceLine[] = [];
  for await (const line of logLines([answer], docker.modem.demuxStream)) entries.push({ ...line, instance });
  return entries;
}
