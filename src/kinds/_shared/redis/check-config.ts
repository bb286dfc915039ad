import type { ConfigRemark, FilledConfig } from '../../../stack/contract/files.ts';
import type { Instance, InstanceInput } from '../../../stack/contract/model.ts';
import { checkLogin, checkPassword, checkUser } from './check-password.ts';
import { BY_NAME, renamedCommands, SENTINEL_SENDS } from './commands.ts';
import { type ConfigReading, checkServerLines, readingOf, type ServerPlace } from './config-reading.ts';
import { passwordOrNone } from './config-text.ts';
import type { RedisOptions } from './options.ts';
import type { Product } from './products.ts';
import { argumentText, lastOf } from './read-config.ts';
import type { Needs } from './user-rights.ts';

type Input = InstanceInput<RedisOptions>;

/** Lines of the user's own configuration file that stackctl cannot work with, or that the start script overrides. */
export function checkConfig(
  { configFile }: Product,
  input: Input,
  configsOf: (instance: Instance) => readonly FilledConfig[],
): readonly ConfigRemark[] {
  const config = configsOf(input.instance).find(({ target }) => target === configFile);
  if (config === undefined) return [];
  const reading = readingOf(config);
  const password = passwordOrNone(input.service.options.password);
  return [
    ...checkServerLines(reading, placeOf(input)),
    ...checkPassword(reading, password, needsOf(input)),
    ...checkMasterPassword(reading, input),
    ...checkRole(reading, input),
    ...checkCommands(reading, input),
    ...checkDeclared(reading, input),
  ];
}

function placeOf({ stack, instance }: Input): ServerPlace {
  const inContainer = stack.runtime.startsFrom === 'image';
  return { ...instance.peer, data: inContainer ? '/data' : undefined, inContainer };
}

function inGroup({ stack, service }: Input): boolean {
  return service.instances.length > 1 || stack.services.some(({ monitors }) => monitors === service.name);
}

/** Readiness writes the key (with XX, so that nothing changes). */
function needsOf(input: Input): Needs {
  const always = ['PING', 'INFO', 'ROLE', 'SET'];
  const commands = inGroup(input) ? [...always, 'TIME', 'CLIENT', 'CONFIG', 'REPLICAOF'] : always;
  return { commands, key: 'stackctl:readiness' };
}

function checkMasterPassword(reading: ConfigReading, { service }: Input): readonly ConfigRemark[] {
  if (service.instances.length < 2) return [];
  const user = lastOf(reading.lines, 'masteruser');
  if (user !== undefined) return checkUser(reading, user, { argument: 0, servers: reading });
  const declared = passwordOrNone(service.options.password);
  return checkLogin(reading, lastOf(reading.lines, 'masterauth'), { what: 'masterauth', argument: 0, declared });
}

/** Who follows whom, and under which address. */
function checkRole(reading: ConfigReading, { service, instance }: Input): readonly ConfigRemark[] {
  const isGroup = service.instances.length > 1 || service.primaryFrom !== undefined;
  return reading.lines.flatMap((line) => {
    const value = argumentText(line);
    if (line.name === 'replicaof') {
      const text = 'who follows whom is decided at every start, or a former master would accept writes that are lost';
      return [reading.refuse(line, `replicaof ${value}: ${text}; remove the line`)];
    }
    if (line.name === 'cluster-enabled' && value.toLowerCase() === 'yes') {
      return [
        reading.refuse(
          line,
          `cluster-enabled yes: a service of kind ${service.kind.name} is one master and its replicas`,
        ),
      ];
    }
    if (line.name === 'replica-read-only' && value.toLowerCase() === 'no' && isGroup) {
      return [
        reading.warn(line, 'replica-read-only no: what is written to a replica is lost when it next synchronises'),
      ];
    }
    const own = { 'replica-announce-ip': instance.peer.host, 'replica-announce-port': String(instance.peer.port) }[
      line.name
    ];
    if (own === undefined || own === value) return [];
    return [reading.warn(line, `${line.name} ${value} is not used: the address is the one that the stack gives it`)];
  });
}

function checkCommands(reading: ConfigReading, input: Input): readonly ConfigRemark[] {
  const { stack, service } = input;
  const watched = stack.services.some(({ monitors }) => monitors === service.name);
  const needed = new Set<string>([...BY_NAME.always, ...(inGroup(input) ? BY_NAME.inGroup : [])]);
  return renamedCommands(reading.lines).flatMap(({ line, command, name }) => {
    if (needed.has(command)) {
      const text = `rename-command ${command}: stackctl and the other servers of the group call it by its name; remove the line`;
      return [reading.refuse(line, text)];
    }
    if (!watched || name !== '' || !SENTINEL_SENDS.has(command)) return [];
    const why = `Sentinels send ${command} in the transaction that makes a replica the master, so no failover could ever succeed`;
    const help = `remove the line, give the command another name (and the Sentinels \`sentinel rename-command\`), or take it from users of your own, not from default, with an ACL rule such as \`-${command.toLowerCase()}\``;
    return [reading.refuse(line, `rename-command ${command} "": ${why}; ${help}`)];
  });
}

/** The server uses the file, stackctl's checks use the options: they must say the same. */
function checkDeclared(reading: ConfigReading, { service: { options } }: Input): readonly ConfigRemark[] {
  const declared = [
    { name: 'min-replicas-to-write', option: 'minReplicasToWrite', value: options.minReplicasToWrite },
    { name: 'min-replicas-max-lag', option: 'minReplicasMaxLagS', value: options.minReplicasMaxLagS },
    { name: 'replica-priority', option: 'replicaPriority', value: options.replicaPriority },
    { name: 'appendonly', option: 'appendOnly', value: options.appendOnly ? 'yes' : 'no' },
  ];
  return declared.flatMap(({ name, option, value }) => {
    const line = lastOf(reading.lines, name);
    const given = line === undefined ? '' : argumentText(line);
    const isSame = typeof value === 'number' ? Number(given) === value : given.toLowerCase() === value;
    if (line === undefined || isSame) return [];
    const text = `${name} ${given} is in force, but options.${option} says ${value}, and stackctl's checks go by that; write {{${option}}} here`;
    return [reading.warn(line, text)];
  });
}
