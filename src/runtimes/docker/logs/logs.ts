import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { anyOf, poll } from '../../../lib/poll.ts';
import type { LogLine, LogOptions } from '../../../stack/contract/runtime.ts';
import { newestOfEach } from '../containers/observe.ts';
import { containersOf, type ProjectContainer } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { statusCode } from '../engine/guard.ts';
import { logLines, type StampedLine, sinceParameter } from '../engine/log-lines.ts';

interface LogInput {
  readonly engine: Engine;
  readonly projectId: string;
}

/** A line and whose it is. */
type Entry = StampedLine & { readonly instance: string };

/**
 * What the instances have logged, in the order of time, and with `follow` what they log from then on, also after a
 * restart or a recreation. Ends quietly when the signal aborts.
 */
export async function* logs(
  input: LogInput,
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

function logLine({ instance, stamp, text }: Entry): LogLine {
  // Milliseconds are what every other instant has; the Engine gives nanoseconds.
  return { instance, at: stamp === '' ? undefined : new Date(stamp).toISOString(), text };
}

function byTime(a: Entry, b: Entry): number {
  if (a.stamp === b.stamp) return 0;
  return a.stamp < b.stamp ? -1 : 1;
}

/** With `tail: 0` the last line all the same: where it ends is where following starts. */
async function history(input: LogInput, instance: string, { since, tail }: LogOptions): Promise<readonly Entry[]> {
  const container = await newest(input, instance);
  if (container === undefined) return [];
  const docker = await input.engine.docker();
  const answer = await docker.getContainer(container.Id).logs({
    follow: false,
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(since && { since: sinceParameter(since.toISOString()) }),
    ...(tail !== undefined && { tail: Math.max(tail, 1) }),
  });
  const entries: Entry[] = [];
  for await (const line of logLines([answer])) entries.push({ ...line, instance });
  return entries;
}

async function newest({ engine, projectId }: LogInput, instance: string): Promise<ProjectContainer | undefined> {
  return newestOfEach(await containersOf(engine, projectId, [instance]))[0];
}

/** `starts`: instance -> stamp of its last line that was shown already. */
async function* followAll(
  input: LogInput,
  starts: ReadonlyMap<string, string | undefined>,
  options: LogOptions,
): AsyncGenerator<Entry> {
  const ended = new AbortController();
  const signal = anyOf([options.signal, ended.signal]);
  const channel = new PassThrough({ objectMode: true });
  const followers = [...starts].map(([instance, start]) =>
    follow(input, instance, { ...options, signal }, start, channel),
  );
  const done = Promise.all(followers).then(
    () => channel.end(),
    (error: unknown) => channel.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* channel;
  } finally {
    ended.abort();
    channel.resume();
    await done;
  }
}

type FollowOptions = Pick<LogOptions, 'since' | 'signal'>;

async function follow(
  input: LogInput,
  instance: string,
  { since, signal }: FollowOptions,
  start: string | undefined,
  channel: PassThrough,
): Promise<void> {
  let last = start;
  const docker = await input.engine.docker();
  try {
    for (;;) {
      const container = await poll(() => running(input, instance), { everyMs: 250, signal });
      const after = last ?? since?.toISOString();
      const stream = await docker.getContainer(container.Id).logs({
        follow: true,
        stdout: true,
        stderr: true,
        timestamps: true,
        ...(after !== undefined && { since: sinceParameter(after) }),
        abortSignal: signal,
      });
      for await (const line of logLines(stream as AsyncIterable<Buffer>)) {
        // `since` includes the instant itself.
        if (last !== undefined && line.stamp <= last) continue;
        last = line.stamp;
        if (!channel.write({ ...line, instance })) await once(channel, 'drain', { signal });
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    // Removed between the look and the question: it may come back under another id.
    if (statusCode(error) === 404) return follow(input, instance, { since, signal }, last, channel);
    throw error;
  }
}

async function running(input: LogInput, instance: string): Promise<ProjectContainer | undefined> {
  const container = await newest(input, instance);
  return container !== undefined && ['running', 'paused'].includes(container.State) ? container : undefined;
}
