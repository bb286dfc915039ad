import type Dockerode from 'dockerode';
import { anyOf, deadline } from '../../../lib/poll.ts';
import type { Logged } from '../../../stack/contract/inside.ts';
import { findInstance } from '../containers/find-instance.ts';
import type { Engine } from '../engine/engine.ts';
import { engineSeconds, instant } from '../engine/instants.ts';
import type { InspectedContainer } from '../engine/objects.ts';
import { logLines } from './log-lines.ts';

export interface Asked {
  readonly engine: Engine;
  readonly projectId: string;
  readonly instance: string;
}

type RunTimes = Pick<InspectedContainer['State'], 'StartedAt' | 'FinishedAt' | 'Running' | 'Restarting'>;

/** Before the instant at which a start is noted. On a machine with four programs for each CPU, first lines came up to 15 ms before it. */
export const EARLIEST_MS = 100;
/** For an Engine that does not come to the end of its answer. */
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
  const begin = beginOf(State);
  if (begin === undefined) return 'no';
  const docker = await engine.docker();
  const found = new AbortController();
  const limited = anyOf([found.signal, deadline(LIMIT_MS, signal)]);
  const answer = await logOf(docker, Id, { since: begin, until: engineSeconds(new Date().toISOString()) }, limited);
  try {
    for await (const { text } of logLines(answer, docker.modem.demuxStream)) {
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
 * What a container has logged up to now, as a stream that can be left. dockerode streams what it follows only, and Engine 20.10 does
 * not end such an answer at `until` as long as nothing more is logged.
 */
function logOf(
  { modem }: Dockerode,
  id: string,
  between: { readonly since: string; readonly until: string },
  abortSignal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const request = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    abortSignal,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    options: { stdout: true, stderr: true, timestamps: true, ...between },
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error, stream) => (error ? reject(error) : resolve(stream as AsyncIterable<Buffer>)));
  });
}

/**
 * Where the lines of the run that goes on begin, for `since`; undefined: none goes on. The Engine notes a start when the program runs, so
 * that first lines may have a stamp some milliseconds earlier. It notes the end of the run before at the exit, and goes on reading what that
 * one had printed: last lines may be stamped a second later, up to when the Engine begins with the next start.
 */
export function beginOf({ StartedAt, FinishedAt, Running, Restarting }: RunTimes): string | undefined {
  const ended = instant(FinishedAt);
  if (ended === undefined) return '0';
  const [start, end] = [Date.parse(StartedAt), Date.parse(ended)];
  // Its clock was put back, or what is read is the end of this run.
  if (end >= start) return Running && !Restarting ? '0' : undefined;
  return engineSeconds(new Date(Math.max((end + start) / 2, start - EARLIEST_MS)).toISOString());
}
