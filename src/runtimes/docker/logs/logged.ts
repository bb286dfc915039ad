import { anyOf, deadline } from '../../../lib/poll.ts';
import type { Logged } from '../../../stack/contract/inside.ts';
import { findInstance } from '../containers/find-instance.ts';
import type { Engine } from '../engine/engine.ts';
import { engineSeconds, instant } from '../engine/instants.ts';
import { logLines } from './log-lines.ts';

interface Asked {
  readonly engine: Engine;
  readonly projectId: string;
  readonly instance: string;
}

/** The Engine ends the answer at `until` by itself; this is for one that does not. */
const LIMIT_MS = 10_000;

/**
 * Whether a line that the container has logged since its last start matches. Reads from the start and only as far as it has to.
 * @throws E_INSTANCE_NOT_FOUND; the signal's reason.
 */
export async function logged(
  { engine, projectId, instance }: Asked,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<Logged> {
  const { Id } = await findInstance(engine, projectId, instance);
  const { State } = await engine.reader.inspectContainer(Id);
  const docker = await engine.docker();
  const found = new AbortController();
  const answer = await docker.getContainer(Id).logs({
    follow: true,
    stdout: true,
    stderr: true,
    timestamps: true,
    since: beginOf(State),
    until: engineSeconds(new Date().toISOString()),
    abortSignal: anyOf([found.signal, deadline(LIMIT_MS, signal)]),
  });
  try {
    for await (const { text } of logLines(answer as AsyncIterable<Buffer>, docker.modem.demuxStream)) {
      if (pattern.test(text)) return 'yes';
    }
    return 'no';
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    found.abort();
  }
}

/**
 * Where the lines of the last start begin, for `since`. The Engine notes a start when its program runs, so that first lines may have an
 * earlier stamp, and an end when it hears of it, so that last lines may have a later one. Between the two nothing is logged: the
 * middle is as far from both as can be.
 */
function beginOf({ StartedAt, FinishedAt }: { readonly StartedAt: string; readonly FinishedAt: string }): string {
  const ended = instant(FinishedAt);
  // No run before this one.
  if (ended === undefined || Date.parse(ended) >= Date.parse(StartedAt)) return '0';
  return engineSeconds(new Date((Date.parse(ended) + Date.parse(StartedAt)) / 2).toISOString());
}
