import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { anyOf, poll } from '../../../lib/poll.ts';
import type { LogOptions } from '../../../stack/contract/runtime-options.ts';
import { containerOf, type ProjectContainer } from '../containers/project-objects.ts';
import { unlessRefused } from '../engine/guard.ts';
import { engineSeconds } from '../engine/instants.ts';
import type { ProjectInput } from '../engine/project-input.ts';
import { type InstanceLine, logLines } from './log-lines.ts';

const LOOK_EVERY_MS = 250;

/**
 * What the instances log from now on, each line as it comes. Ends without an error when the signal aborts.
 * `starts`: instance -> stamp of its last line that was shown already.
 */
export async function* followAll(
  input: ProjectInput,
  starts: ReadonlyMap<string, string | undefined>,
  { since, signal }: Pick<LogOptions, 'since' | 'signal'>,
): AsyncGenerator<InstanceLine> {
  const ended = new AbortController();
  const follower = { input, since, signal: anyOf([signal, ended.signal]) };
  const channel = new PassThrough({ objectMode: true });
  const done = Promise.all([...starts].map(([instance, start]) => follow(follower, instance, start, channel))).then(
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

interface Follower {
  readonly input: ProjectInput;
  readonly since: Date | undefined;
  readonly signal: AbortSignal;
}

/** Writes the lines of one instance into the channel until the signal aborts. */
async function follow(
  follower: Follower,
  instance: string,
  start: string | undefined,
  channel: PassThrough,
): Promise<void> {
  const { signal } = follower;
  try {
    for await (const line of linesAfter(follower, instance, start)) {
      if (!channel.write(line)) await once(channel, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Goes on with the next container of the instance where the one before has ended. */
async function* linesAfter(
  follower: Follower,
  instance: string,
  start: string | undefined,
): AsyncGenerator<InstanceLine> {
  const { demuxStream } = (await follower.input.engine.docker()).modem;
  let last = start;
  for (;;) {
    const after = last ?? follower.since?.toISOString();
    for await (const line of logLines(await nextAnswer(follower, instance, after), demuxStream)) {
      // `since` includes the instant itself.
      if (last !== undefined && line.stamp <= last) continue;
      last = line.stamp;
      yield { ...line, instance };
    }
  }
}

/** Waits until the instance runs, and asks for its log. Empty when the container is removed in between. */
async function nextAnswer(
  { input, signal }: Follower,
  instance: string,
  after: string | undefined,
): Promise<AsyncIterable<Buffer> | Iterable<Buffer>> {
  const container = await poll(() => runningContainer(input, instance), { everyMs: LOOK_EVERY_MS, signal });
  const docker = await input.engine.docker();
  const stream = await unlessRefused(
    docker.getContainer(container.Id).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(after !== undefined && { since: engineSeconds(after) }),
      abortSignal: signal,
    }),
    [404],
  );
  return (stream as AsyncIterable<Buffer> | undefined) ?? [];
}

async function runningContainer(input: ProjectInput, instance: string): Promise<ProjectContainer | undefined> {
  const container = await containerOf(input.engine, input.projectId, instance);
  return container !== undefined && ['running', 'paused'].includes(container.State) ? container : undefined;
}
