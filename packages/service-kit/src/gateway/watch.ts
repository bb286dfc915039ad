import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { Log } from '../log.ts';
import type { Stoppable } from '../shutdown.ts';
import { pause } from '../wait.ts';
import { resolveUpstreams } from './resolve.ts';
import { mergeUpstreams, parseUpstreams, sameList, type Upstream, type UpstreamAddress } from './upstreams.ts';

export interface WatchOptions {
  /**
   * Lines `<name> <host>:<port>`. It is read every `everyMs`, because not every system reports a change in a mounted
   * folder, and names of hosts are looked up as often.
   */
  readonly file: string;
  readonly everyMs: number;
  /** Path that an upstream answers with 2xx as long as it runs. */
  readonly healthPath: string;
  readonly healthTimeoutMs: number;
  readonly log: Log;
}

export interface UpstreamWatch extends Stoppable {
  readonly upstreams: () => readonly Upstream[];
  /** Asks all of them now. */
  refresh(): Promise<void>;
}

/** Keeps the list of upstreams as the file has it, and knows which of them answer. @throws when there is no file yet. */
export async function watchUpstreams(options: WatchOptions): Promise<UpstreamWatch> {
  const { file, everyMs, log } = options;
  const read = async (): Promise<readonly UpstreamAddress[]> =>
    resolveUpstreams(parseUpstreams(await readFile(file, 'utf8')));
  // None of them has been asked yet, and the first request must not find all of them down.
  let upstreams = mergeUpstreams([], await readFirst(read, options), true);
  const stopping = new AbortController();
  const refresh = async (): Promise<void> => {
    await Promise.all(upstreams.map((upstream) => check(upstream, options)));
  };
  const reload = async (): Promise<void> => {
    const merged = mergeUpstreams(upstreams, await read());
    if (sameList(merged, upstreams)) return;
    upstreams = merged;
    log.info('upstreams changed', { upstreams: upstreams.map(({ name }) => name) });
    await refresh();
  };
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work().catch((error) => log.warn('the upstreams could not be read', { file, error }));
      await pause(everyMs, stopping.signal);
    }
  };
  const running = [repeat(reload), repeat(refresh)];
  log.info('upstreams', { upstreams: upstreams.map(({ name }) => name) });
  return {
    name: 'upstream watch',
    upstreams: () => upstreams,
    refresh,
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** A name server that does not answer is asked again like the rest; a file that is not there is a mistake. */
async function readFirst(
  read: () => Promise<readonly UpstreamAddress[]>,
  { file, log }: WatchOptions,
): Promise<readonly UpstreamAddress[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'hostname' in error)) throw error;
    log.warn('the upstreams could not be looked up', { file, error });
    return [];
  }
}

async function check(upstream: Upstream, { healthPath, healthTimeoutMs, log }: WatchOptions): Promise<void> {
  const up = await answers(upstream, healthPath, healthTimeoutMs);
  if (up !== upstream.up) log.info(up ? 'an upstream answers' : 'an upstream is down', { upstream: upstream.name });
  upstream.up = up;
}

function answers({ host, port }: Upstream, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host, port, path, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const { statusCode = 500 } = response;
      response.resume();
      resolve(statusCode < 300);
    });
    asked.on('error', () => resolve(false));
  });
}
