import http from 'node:http';
import https from 'node:https';
import type { Connection } from './connection.ts';
import type {
  ContainerProcesses,
  DiskUsage,
  EngineIdentity,
  EngineInfo,
  EngineVersion,
  InspectedContainer,
  InspectedImage,
  ListedContainer,
  ListedImage,
  ListedNetwork,
  ListedVolume,
} from './objects.ts';

/** Key -> values, as the Engine's `filters` parameter takes them, e.g. `{label: ['a=b']}`. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/**
 * The questions about what is there. Every method answers what the method of dockerode with the same name answers, so
 * that a call can change sides by changing its receiver; docs/adr/0007 says why looking does without dockerode.
 *
 * Each one throws an Error with `statusCode` for an answer that is not 2xx (as dockerode does), one with a system `code`
 * when nothing answers (in time: ETIMEDOUT), and the signal's reason when it aborts.
 */
export interface EngineReader {
  /** Which Engine answers: what `version` says, by the quickest question that there is. */
  identify(signal: AbortSignal): Promise<EngineIdentity>;
  info(): Promise<EngineInfo>;
  /** Running or not. */
  listContainers(filters: Filters): Promise<readonly ListedContainer[]>;
  inspectContainer(id: string): Promise<InspectedContainer>;
  /** What `ps -eo pid,stat,comm` says of the processes of a container, on the machine of the Engine. */
  processesOf(id: string): Promise<ContainerProcesses>;
  listNetworks(filters?: Filters): Promise<readonly ListedNetwork[]>;
  listVolumes(filters: Filters): Promise<readonly ListedVolume[]>;
  listImages(filters?: Filters): Promise<readonly ListedImage[]>;
  inspectImage(name: string): Promise<InspectedImage>;
  /** Sizes of the volumes, where the Engine knows them. It walks over every volume of the machine for that. */
  volumeUsage(signal: AbortSignal): Promise<DiskUsage>;
  /** Past events, one JSON document a line. `since` and `until`: seconds, with a fraction where there is one. */
  pastEvents(between: { readonly since: string; readonly until: string }, filters: Filters): Promise<string>;
}

/** An Engine that hangs keeps its socket open: without this, a question would wait for ever. Lists answer in milliseconds. */
const ANSWER_MS = 30_000;

/**
 * Asks with GETs of node:http.
 * @param answerMs how long the Engine may be silent, in milliseconds. After that the error has the code ETIMEDOUT.
 */
export function readerOf(to: Connection, answerMs: number = ANSWER_MS): EngineReader {
  const connection = { ...to, timeout: answerMs };
  const json = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
    JSON.parse(await getText(connection, path, signal)) as T;
  return {
    identify: (signal) => identify(connection, signal),
    info: () => json('/info'),
    listContainers: (filters) => json(`/containers/json?all=1&${query(filters)}`),
    inspectContainer: (id) => json(`/containers/${id}/json`),
    processesOf: (id) => json(`/containers/${id}/top?ps_args=${encodeURIComponent('-eo pid,stat,comm')}`),
    listNetworks: (filters) => json(`/networks?${query(filters)}`),
    listVolumes: async (filters) => {
      const answer = await json<{ Volumes: readonly ListedVolume[] | null }>(`/volumes?${query(filters)}`);
      return answer.Volumes ?? [];
    },
    listImages: (filters) => json(`/images/json?${query(filters)}`),
    inspectImage: (name) => json(`/images/${name}/json`),
    // Engines before API 1.42 ignore the type and measure images and containers too.
    volumeUsage: (signal) => json('/system/df?type=volume', signal),
    pastEvents: ({ since, until }, filters) =>
      getText(connection, `/events?since=${since}&until=${until}&${query(filters)}`),
  };
}

/** `GET /version` makes the Engine start other programs to ask for their versions; the headers of a ping have enough. */
async function identify(connection: TimedConnection, signal: AbortSignal): Promise<EngineIdentity> {
  const { headers } = await get(connection, '/_ping', signal);
  const [, server, version] = /^(Docker|Libpod)\/(\S+)/.exec(String(headers.server)) ?? [];
  const apiVersion = headers['api-version'];
  if (version !== undefined && typeof apiVersion === 'string')
    return identity(server === 'Libpod', version, apiVersion);
  const answer = JSON.parse(await getText(connection, '/version', signal)) as EngineVersion;
  return identity(answer.Components?.[0]?.Name.startsWith('Podman') === true, answer.Version, answer.ApiVersion);
}

function identity(isPodman: boolean, version: string, apiVersion: string): EngineIdentity {
  return {
    product: isPodman ? 'Podman Engine' : 'Docker Engine',
    // Without the distribution's own suffix, e.g. `+dfsg1`.
    version: version.split('+')[0] ?? version,
    apiVersion,
  };
}

function query(filters: Filters | undefined): string {
  return filters === undefined ? '' : `filters=${encodeURIComponent(JSON.stringify(filters))}`;
}

async function getText(connection: TimedConnection, path: string, signal?: AbortSignal): Promise<string> {
  const { status, text } = await get(connection, path, signal);
  if (status < 200 || status > 299)
    throw Object.assign(new Error(`HTTP ${status}: ${text.trim()}`), { statusCode: status });
  return text;
}

/** With the longest silence in milliseconds, as node:http takes it. */
type TimedConnection = Connection & { readonly timeout: number };

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

function get(connection: TimedConnection, path: string, signal: AbortSignal | undefined): Promise<Answer> {
  const { protocol, ...rest } = connection;
  // An empty name, which only TLS has a use for: to find out that a host is no address costs milliseconds, once.
  const options = protocol === 'http' ? { ...rest, servername: '' } : rest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal?.aborted ? (signal.reason as Error) : error);
    const request = (protocol === 'https' ? https : http).get(
      { ...options, path, ...(signal && { signal }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on('error', fail);
    request.on('timeout', () => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
  });
}
