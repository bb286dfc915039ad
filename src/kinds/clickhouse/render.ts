import { sha256 } from '../../lib/sha256.ts';
import { renderedScript } from '../../lib/shell-script.ts';
import { FRONT_CONFIG, type FrontConfig, THREADS } from '../../programs/clickhouse-front/protocol/front-config.ts';
import type { RenderedFile, TemplateVariables } from '../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { envFileText } from '../../stack/derived/env-file.ts';
import { isChdb } from './chdb.ts';
import { profileXml, serverOverlayXml, serverXml, usersXml } from './config-xml.ts';
import { frontProgram } from './front-program.ts';
import { type ClickhouseOptions, settingTexts } from './options.ts';
import start from './start.sh';

type Input = InstanceInput<ClickhouseOptions>;

const STOP_GRACE_S = 20;
const ENV_FILE = 'server.env';

export function variables({ stack, service, instance }: Input): TemplateVariables {
  const { database, user } = service.options;
  return { project: stack.project.name, instance: instance.name, database, user };
}

export function files(input: Input): readonly RenderedFile[] {
  return input.stack.runtime.startsFrom === 'image' ? containerFiles(input) : processFiles(input);
}

function containerFiles({ service: { options }, instance }: Input): readonly RenderedFile[] {
  const at = (name: string): string => `${instance.name}/${name}`;
  return [
    { path: at('start.sh'), text: renderedScript(start), mode: 0o755 },
    { path: at('config.xml'), text: serverOverlayXml(options), mode: 0o644 },
    { path: at('users.xml'), text: profileXml(options), mode: 0o644 },
    { path: at(ENV_FILE), text: envFileText([['CLICKHOUSE_PASSWORD', options.password]]), mode: 0o600 },
  ];
}

/** Both ways to run it are rendered: which one is there shows only when it is started. */
function processFiles(input: Input): readonly RenderedFile[] {
  const { service, instance } = input;
  const { options } = service;
  const passwordSha256 = sha256(options.password.reveal());
  const front: FrontConfig = {
    ...instance.peer,
    user: options.user,
    passwordSha256,
    database: options.database,
    settings: settingTexts(options),
  };
  const at = (name: string): string => `${instance.name}/${name}`;
  return [
    { path: at('server.xml'), text: serverXml(input), mode: 0o644 },
    { path: at('users.xml'), text: usersXml(options, passwordSha256), mode: 0o600 },
    { path: at(FRONT_CONFIG), text: `${JSON.stringify(front, undefined, 2)}\n`, mode: 0o600 },
  ];
}

/**
 * The official image: the configuration as root, then its own entrypoint, which makes the user and the database from
 * these variables and gives up root. Without CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT it would shut a user `default` without a
 * password off from the network. https://github.com/ClickHouse/ClickHouse: docker/server/entrypoint.sh.
 * clickhouse-client reads CLICKHOUSE_USER and CLICKHOUSE_PASSWORD too, so that it needs no arguments inside.
 */
export function container({ service: { options } }: Input): ContainerSpec {
  return {
    entrypoint: ['sh', '/stackctl/start.sh'],
    command: ['/entrypoint.sh'],
    environment: {
      CLICKHOUSE_USER: options.user,
      CLICKHOUSE_DB: options.database,
      CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
    },
    envFile: ENV_FILE,
    volumes: { data: '/var/lib/clickhouse' },
    // The image's entrypoint needs wget itself. While it fills an empty data folder, a server of its own listens on 127.0.0.1
    // and nowhere else; the real one listens on every address, and loopback has more of them, also without a network.
    healthcheck: ['wget', '-q', '-T', '2', '-O', '/dev/null', 'http://127.0.0.2:8123/ping'],
    stopGraceS: STOP_GRACE_S,
  };
}

/** As a process the user is in a file. */
export function startFacts({ stack, service: { options } }: Input): Readonly<Record<string, unknown>> {
  return stack.runtime.startsFrom === 'image' ? { user: options.user } : {};
}

export function process(_input: Input, paths: ProcessPaths): ProcessSpec {
  const program = paths.binaries.clickhouse ?? 'clickhouse';
  return isChdb(program) ? frontProcess(program, paths) : serverProcess(program, paths);
}

function frontProcess(chdb: string, { config, data }: ProcessPaths): ProcessSpec {
  return {
    argv: [...frontProgram(), 'server', chdb, `${config}/${FRONT_CONFIG}`],
    environment: { STACKCTL_DATA: data, UV_THREADPOOL_SIZE: String(THREADS) },
    stopGraceS: STOP_GRACE_S,
  };
}

function serverProcess(program: string, { config, data }: ProcessPaths): ProcessSpec {
  return {
    argv: [
      program,
      'server',
      `--config-file=${config}/server.xml`,
      '--',
      `--users_config=${config}/users.xml`,
      `--path=${data}/store/`,
      `--tmp_path=${data}/tmp/`,
      `--user_files_path=${data}/user_files/`,
      `--format_schema_path=${data}/format_schemas/`,
    ],
    // The watchdog would be the process that the supervisor knows.
    environment: { STACKCTL_DATA: data, CLICKHOUSE_WATCHDOG_ENABLE: '0' },
    stopGraceS: STOP_GRACE_S,
  };
}
