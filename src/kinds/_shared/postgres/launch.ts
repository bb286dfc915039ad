import { renderedScript } from '../../../lib/shell-script.ts';
import type { RenderedFile } from '../../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../../stack/contract/launch.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import type { ServerOptions } from './options.ts';
import { type Setting, serverSettings, settingArguments, settingLines } from './settings.ts';
import start from './start.sh';

/** A fast shutdown writes a checkpoint: all dirty pages of shared_buffers. */
const STOP_GRACE_S = 60;

/** What a kind adds to a plain server. */
export interface Launch {
  readonly settings: readonly Setting[];
  /** An extension whose library has to be loaded when the server starts. */
  readonly extension?: {
    readonly name: string;
    /** A local server does not start without it. */
    readonly required: boolean;
    /** How to get it; `{major}` is the server's version, e.g. 17. */
    readonly advice: string;
  };
}

type Input = InstanceInput<ServerOptions>;

export function serverFiles(input: Input, launch: Launch): readonly RenderedFile[] {
  const { stack, service, instance } = input;
  const at = (name: string): string => `${instance.name}/${name}`;
  return [
    ...(stack.runtime.startsFrom === 'binary'
      ? [{ path: at('start.sh'), text: renderedScript(start), mode: 0o755 } satisfies RenderedFile]
      : []),
    // Also in Docker, where settings are arguments: only a file that changes restarts a server.
    { path: at('settings'), text: settingLines(settingsOf(input, launch)), mode: 0o644 },
    { path: at('password'), text: `${service.options.password.reveal()}\n`, mode: 0o600 },
  ];
}

/** All settings of one server, in both runtimes. */
function settingsOf({ stack, service: { options }, instance }: Input, launch: Launch): readonly Setting[] {
  const { shared_preload_libraries: preload, ...settings } = options.settings;
  const common = [...launch.settings, ...serverSettings({ ...options, settings })];
  if (stack.runtime.startsFrom === 'image') {
    // The image's own configuration loads the library; a list in the user's settings replaces that.
    const libraries = [...(launch.extension === undefined ? [] : [launch.extension.name]), String(preload)];
    return preload === undefined ? common : [...common, ['shared_preload_libraries', libraries.join(',')]];
  }
  return [
    ...common,
    ['listen_addresses', instance.peer.host],
    ['port', String(instance.peer.port)],
    ['unix_socket_directories', ''],
  ];
}

/**
 * A container of the official postgres image, or of one that is made from it. Its entrypoint
 * (https://github.com/docker-library/postgres, docker-entrypoint.sh)
 * - reads POSTGRES_PASSWORD_FILE while it is root, before it becomes the user postgres: mode 0600 is enough;
 * - makes cluster, superuser and database in an empty PGDATA with a server without a TCP port, so that a check over TCP
 *   cannot mistake it for the real one;
 * - gives the arguments behind `postgres` to both servers.
 *
 * PGDATA is given: from version 18 on the images keep it outside of this volume.
 */
export function serverContainer(input: Input, launch: Launch): ContainerSpec {
  const { options } = input.service;
  return {
    entrypoint: [],
    command: ['postgres', ...settingArguments(settingsOf(input, launch))],
    environment: {
      POSTGRES_USER: options.user,
      POSTGRES_DB: options.database,
      POSTGRES_PASSWORD_FILE: '/stackctl/password',
      POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C',
      PGDATA: '/var/lib/postgresql/data',
    },
    volumes: { data: '/var/lib/postgresql/data' },
    healthcheck: ['pg_isready', '-h', '127.0.0.1', '-U', options.user, '-d', options.database],
    healthcheckEveryS: 10,
    // Parallel queries share memory in /dev/shm; Docker's 64 MB are soon full.
    shmSize: '256mb',
    // Fast shutdown. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    stopGraceS: STOP_GRACE_S,
  };
}

export function serverProcess(
  { service: { options } }: Input,
  { binaries, config, data }: ProcessPaths,
  { extension }: Launch,
): ProcessSpec {
  const preload = options.settings.shared_preload_libraries;
  return {
    argv: ['sh', `${config}/start.sh`, binaries.postgres ?? 'postgres'],
    environment: {
      STACKCTL_CONFIG: config,
      STACKCTL_DATA: data,
      STACKCTL_USER: options.user,
      STACKCTL_DATABASE: options.database,
      ...(preload === undefined ? {} : { STACKCTL_PRELOAD: String(preload) }),
      ...(extension === undefined ? {} : { STACKCTL_EXTENSION: extension.name }),
      ...(extension?.required === true
        ? { STACKCTL_EXTENSION_REQUIRED: '1', STACKCTL_EXTENSION_HELP: extension.advice }
        : {}),
    },
    stopSignal: 'SIGINT',
    stopGraceS: STOP_GRACE_S,
  };
}

/**
 * In a container it is among the settings, which are a file. That an extension is required is none of them: `provision` finds out, and a
 * server that runs without it goes on.
 */
export function startFacts({ stack, service: { options } }: Input): Readonly<Record<string, unknown>> {
  return stack.runtime.startsFrom === 'image' ? {} : { preload: options.settings.shared_preload_libraries };
}
