import type { ConfigRemark, FilledConfig } from '../../stack/contract/files.ts';
import type { Instance, InstanceInput } from '../../stack/contract/model.ts';
import { checkLogin, checkPassword, checkUser, checkWatchers } from '../_shared/redis/check-password.ts';
import { BY_NAME, renamedCommands, SENTINEL_SENDS } from '../_shared/redis/commands.ts';
import { type ConfigReading, checkServerLines, readingOf } from '../_shared/redis/config-reading.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { PRODUCTS } from '../_shared/redis/products.ts';
import { monitorLines, sentinelLines } from './monitor-line.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';

type Input = InstanceInput<SentinelOptions>;
/** A Sentinel has no keys. */
const NEEDS = { commands: ['PING', 'INFO', 'SENTINEL'], key: undefined };
/** What the check of the server's own file does not ask for. */
const WATCHING = { commands: ['MULTI', 'EXEC', 'PUBLISH', 'SUBSCRIBE'], key: undefined };

/** The configuration file of a monitored server, of either product. */
const SERVER_FILES: ReadonlySet<string> = new Set(Object.values(PRODUCTS).map(({ configFile }) => configFile));

type ConfigsOf = (instance: Instance) => readonly FilledConfig[];

/** Lines of the user's own sentinel.conf that stackctl cannot work with, or that the start script overrides. */
export function checkConfig(input: Input, configsOf: ConfigsOf): readonly ConfigRemark[] {
  const config = configsOf(input.instance).find(({ target }) => target === 'sentinel.conf');
  if (config === undefined) return [];
  const reading = readingOf(config);
  const { stack, service, instance } = input;
  const inContainer = stack.runtime.startsFrom === 'image';
  const place = { ...instance.peer, data: inContainer ? '/data' : undefined, inContainer };
  return [
    ...checkServerLines(reading, place),
    ...checkMonitor(reading, input),
    ...checkSaved(reading),
    ...checkAddress(reading, input),
    ...checkDeclared(reading, input),
    ...checkPassword(reading, passwordOrNone(service.options.password), NEEDS),
    ...checkLogins(reading, input),
    ...checkUsers(reading, input, configsOf),
    ...checkCommands(reading, input, configsOf),
  ];
}

const MONITOR = 'sentinel monitor {{masterName}} {{masterHost}} {{masterPort}} {{quorum}}';

function checkMonitor(reading: ConfigReading, input: Input): readonly ConfigRemark[] {
  const { masterName, quorum } = input.service.options;
  const lines = sentinelLines(reading.lines, 'monitor');
  const [own, second] = monitorLines(reading.lines, masterName);
  if (own === undefined) {
    const [other] = lines;
    const text = `no line monitors ${masterName}, the name that options.masterName gives the master: write ${MONITOR}`;
    return [reading.refuse(other, text, other === undefined ? undefined : 1)];
  }
  if (second !== undefined) return [reading.refuse(second, `${masterName} is monitored by line ${own.line} already`)];
  const problems: ConfigRemark[] = [];
  const given = own.args?.[4]?.text;
  if (Number(given) !== quorum) {
    const text = `the quorum ${given} is in force, but options.quorum says ${quorum}, and stackctl's checks go by that; write {{quorum}} here`;
    problems.push(reading.warn(own, text));
  }
  const first = monitoredService(input).instances[0]?.peer;
  if (first !== undefined && (own.args?.[2]?.text !== first.host || own.args?.[3]?.text !== String(first.port))) {
    const text = `sentinel monitor: this address is not used, the start puts in that of the server which is the master; write ${MONITOR}`;
    problems.push(reading.warn(own, text));
  }
  return problems;
}

const SAVED = ['myid', 'config-epoch', 'leader-epoch', 'current-epoch', 'known-replica', 'known-sentinel'];

/** The start script writes these lines; in a template they can only come from a file that a running Sentinel has saved. */
function checkSaved(reading: ConfigReading): readonly ConfigRemark[] {
  return SAVED.flatMap((directive) => sentinelLines(reading.lines, directive)).map((line) =>
    reading.refuse(
      line,
      `sentinel ${line.args?.[0]?.text}: this is what a running Sentinel has saved; remove the line`,
    ),
  );
}

function checkAddress(reading: ConfigReading, { instance: { peer } }: Input): readonly ConfigRemark[] {
  const wanted = { 'announce-ip': peer.host, 'announce-port': String(peer.port) };
  return Object.entries(wanted).flatMap(([directive, own]) =>
    sentinelLines(reading.lines, directive)
      .filter(({ args }) => args?.[1]?.text !== own)
      .map((line) =>
        reading.refuse(
          line,
          `sentinel ${directive} is not where the other instances reach it: write {{announceHost}} and {{announcePort}}`,
        ),
      ),
  );
}

function checkDeclared(reading: ConfigReading, { service: { options } }: Input): readonly ConfigRemark[] {
  const declared = [
    ['down-after-milliseconds', 'downAfterMs'],
    ['failover-timeout', 'failoverTimeoutMs'],
    ['parallel-syncs', 'parallelSyncs'],
  ] as const;
  return declared.flatMap(([directive, option]) =>
    sentinelLines(reading.lines, directive)
      .filter(({ args }) => args?.[1]?.text === options.masterName && Number(args?.[2]?.text) !== options[option])
      .map((line) => {
        const given = line.args?.[2]?.text;
        if (given === undefined)
          return reading.refuse(line, `${directive} has no value; write {{${option}}} behind it`);
        return reading.warn(
          line,
          `${directive} ${given} is in force, but options.${option} says ${options[option]}, and stackctl's checks go by that; write {{${option}}} here`,
        );
      }),
  );
}

function checkLogins(reading: ConfigReading, input: Input): readonly ConfigRemark[] {
  const { stack, service } = input;
  const group = service.options.masterName;
  const monitored = monitoredService(input);
  const ofGroup = (directive: string) =>
    sentinelLines(reading.lines, directive).findLast(({ args }) => args?.[1]?.text === group);
  const [between] = sentinelLines(reading.lines, 'sentinel-pass');
  const toMaster = {
    what: 'sentinel auth-pass',
    declared: monitored.kind.replicated?.password({ stack, service: monitored }),
  };
  const toOthers = { what: 'sentinel sentinel-pass', declared: passwordOrNone(service.options.password) };
  return [
    ...(ofGroup('auth-user') === undefined
      ? checkLogin(reading, ofGroup('auth-pass'), { ...toMaster, argument: 2 })
      : []),
    ...(between === undefined || sentinelLines(reading.lines, 'sentinel-user').length > 0
      ? []
      : checkLogin(reading, between, { ...toOthers, argument: 1 })),
  ];
}

/** Who the Sentinels log in as. */
function checkUsers(reading: ConfigReading, input: Input, configsOf: ConfigsOf): readonly ConfigRemark[] {
  const group = input.service.options.masterName;
  const toMaster = sentinelLines(reading.lines, 'auth-user').findLast(({ args }) => args?.[1]?.text === group);
  const toOthers = sentinelLines(reading.lines, 'sentinel-user').at(-1);
  const servers = serversOf(input, configsOf);
  const asDefault = toMaster === undefined && !reading.includes;
  return [
    ...(servers === undefined || !asDefault ? [] : checkWatchers(servers, WATCHING)),
    ...(servers === undefined ? [] : checkUser(reading, toMaster, { argument: 2, servers })),
    ...checkUser(reading, toOthers, { argument: 1, servers: reading }),
  ];
}

function serversOf(input: Input, configsOf: ConfigsOf): ConfigReading | undefined {
  const [server] = monitoredService(input).instances;
  const config = server === undefined ? undefined : configsOf(server).find(({ target }) => SERVER_FILES.has(target));
  return config === undefined ? undefined : readingOf(config);
}

/** The Sentinels must use the names that the monitored servers give to commands. */
function checkCommands(reading: ConfigReading, input: Input, configsOf: ConfigsOf): readonly ConfigRemark[] {
  const servers = serversOf(input, configsOf);
  if (servers === undefined) return [];
  const needed = new Set<string>([...BY_NAME.always, ...BY_NAME.inGroup]);
  const group = input.service.options.masterName;
  const known = sentinelLines(reading.lines, 'rename-command').filter(({ args }) => args?.[1]?.text === group);
  const renamed = renamedCommands(servers.lines);
  const notRenamed = known.filter(({ args }) => {
    const [, , command, name] = (args ?? []).map(({ text }) => text);
    if (command === undefined || name === undefined || name.toUpperCase() === command.toUpperCase()) return false;
    return !renamed.some((one) => one.command === command.toUpperCase() && one.name === name);
  });
  const refused = (servers.includes ? [] : notRenamed).map((line) =>
    reading.refuse(
      line,
      `sentinel rename-command: ${servers.target} has no such rename-command, so the servers do not know the name that the Sentinels would send, and no failover could succeed; remove the line`,
    ),
  );
  const unknown = renamed.flatMap(({ line, command, name }) => {
    // The check of the server's own file says which commands must keep their names.
    if (name === '' || !SENTINEL_SENDS.has(command) || needed.has(command) || reading.includes) return [];
    const isKnown = known.some(({ args }) => args?.[2]?.text.toUpperCase() === command && args?.[3]?.text === name);
    if (isKnown) return [];
    const text = `rename-command ${command}: the Sentinels send ${command} and do not know the new name; add \`sentinel rename-command ${group} ${command} <name>\` to sentinel.conf`;
    return [servers.refuse(line, text)];
  });
  return [...refused, ...unknown];
}
