import type { Secret } from '../../../lib/secret.ts';
import { sha256 } from '../../../lib/sha256.ts';
import type { ConfigRemark } from '../../../stack/contract/files.ts';
import type { ConfigReading } from './config-reading.ts';
import { type ConfigLine, lastOf } from './read-config.ts';
import { lackingRights, type Needs } from './user-rights.ts';

const HOW = [
  'give the service `options: { password: "{{redisPassword}}" }` with a value `redisPassword` of type secret,',
  'and write `{{#each password}}`, `requirepass {{this}}`, `{{/each}}` on three lines here',
].join(' ');

/**
 * Whether the file asks for the password that the stack declares. stackctl, replicas, Sentinels and health checks log in as
 * the user `default` with it, so with any other password they would all get NOAUTH until their time is over.
 */
export function checkPassword(
  reading: ConfigReading,
  declared: Secret | undefined,
  needs: Needs,
): readonly ConfigRemark[] {
  const user = userLines(reading).find(({ args }) => args?.[0]?.text === 'default');
  if (user !== undefined) {
    const wrong = checkDefaultUser(reading, user, declared);
    return [...checkUserLines(reading), ...(wrong.length > 0 ? wrong : checkRights(reading, user, needs))];
  }
  return [...checkUserLines(reading), ...checkRequirepass(reading, declared)];
}

/** The user with whom `line` logs in must be declared in the configuration of the other server (`servers`). */
export function checkUser(
  reading: ConfigReading,
  line: ConfigLine | undefined,
  { argument, servers }: { readonly argument: number; readonly servers: ConfigReading },
): readonly ConfigRemark[] {
  const user = line?.args?.[argument]?.text;
  if (line === undefined || user === undefined || user === 'default' || user === '') return [];
  const mayBeElsewhere = servers.includes || lastOf(servers.lines, 'aclfile') !== undefined;
  if (mayBeElsewhere || userLines(servers).some(({ args }) => args?.[0]?.text === user)) return [];
  return [
    reading.refuse(line, `no line of ${servers.target} declares the user ${user}: add \`user ${user} …\``, argument),
  ];
}

function userLines({ lines }: ConfigReading): readonly ConfigLine[] {
  return lines.filter(({ name, args }) => name === 'user' && args !== undefined);
}

/** What the server itself would refuse at its start. */
function checkUserLines(reading: ConfigReading): readonly ConfigRemark[] {
  const users = userLines(reading);
  const nameOf = ({ args }: ConfigLine) => args?.[0]?.text;
  const repeated = users.flatMap((line, index) => {
    const first = users.findIndex((other) => nameOf(other) === nameOf(line));
    if (first === index) return [];
    return [reading.refuse(line, `the user ${nameOf(line)} is declared by line ${users[first]?.line} already`)];
  });
  const acl = lastOf(reading.lines, 'aclfile');
  if (acl === undefined || acl.args?.[0]?.text === '') return repeated;
  if (users.length > 0) {
    return [...repeated, reading.refuse(acl, 'aclfile: users may be declared in that file or here, not in both')];
  }
  const text =
    'aclfile: only the server reads that file; stackctl, replicas and Sentinels log in as the user default, which must be on, with the password of options.password and +@all';
  return [...repeated, reading.warn(acl, text)];
}

/**
 * The rights that the Sentinels need as the user `default` of the servers that they watch. `checkPassword` already refuses
 * a user that is off or has almost no rights.
 */
export function checkWatchers(servers: ConfigReading, needs: Needs): readonly ConfigRemark[] {
  const user = userLines(servers).find(({ args }) => args?.[0]?.text === 'default');
  const rules = (user?.args ?? []).slice(1);
  const isRefused = lackingRights(rules, { commands: ['PING', 'REPLICAOF'], key: undefined }).length > 0;
  const isOff = rules.findLast(({ text }) => ['on', 'off'].includes(text.toLowerCase()))?.text.toLowerCase() === 'off';
  return user === undefined || isRefused || isOff ? [] : checkRights(servers, user, needs, 'the Sentinels need');
}

function checkRights(
  reading: ConfigReading,
  line: ConfigLine,
  needs: Needs,
  who = 'stackctl needs',
): readonly ConfigRemark[] {
  const lacking = lackingRights((line.args ?? []).slice(1), needs);
  const [first] = lacking;
  if (first === undefined) return [];
  const text = `the user default may not use ${lacking.map(({ what }) => what).join(', ')}, which ${who} as that user; give it ~* &* +@all, and take rights from users of your own`;
  return [reading.refuse(line, text, first.rule === undefined ? undefined : first.rule + 1)];
}

function checkRequirepass(reading: ConfigReading, declared: Secret | undefined): readonly ConfigRemark[] {
  const line = lastOf(reading.lines, 'requirepass');
  const wanted = line?.args?.[0]?.text ?? '';
  if (line?.args !== undefined && line.args.length !== 1) {
    return [reading.refuse(line, 'requirepass must have one word: put a password with spaces in quotes')];
  }
  if (line !== undefined && wanted !== '' && declared === undefined) {
    return [reading.refuse(line, `requirepass asks for a password that the stack does not declare: ${HOW}`, 0)];
  }
  if (declared === undefined) return [];
  if (line !== undefined && wanted !== declared.reveal()) {
    return [reading.refuse(line, `requirepass is not the password of options.password: ${HOW}`, 0)];
  }
  const mayBeElsewhere = reading.includes || lastOf(reading.lines, 'aclfile') !== undefined;
  if (line !== undefined || mayBeElsewhere) return [];
  return [
    reading.refuse(
      undefined,
      `options.password is given and ${reading.target} asks for none, so that no login is needed; ${HOW}`,
    ),
  ];
}

/** A line with which a server logs in to others must have their password; where the line is missing, they must have no password. */
export function checkLogin(
  reading: ConfigReading,
  line: ConfigLine | undefined,
  {
    what,
    argument,
    declared,
  }: { readonly what: string; readonly argument: number; readonly declared: Secret | undefined },
): readonly ConfigRemark[] {
  const given = line?.args?.[argument]?.text ?? '';
  if (given === (declared?.reveal() ?? '')) return [];
  if (line === undefined && reading.includes) return [];
  const owner = 'the password of the server that it is for (its options.password)';
  if (line === undefined) return [reading.refuse(undefined, `${what} is missing; it must be ${owner}`)];
  const reason = declared === undefined ? `that server has no password: remove ${what}` : `${what} is not ${owner}`;
  return [reading.refuse(line, reason, argument)];
}

function checkDefaultUser(
  reading: ConfigReading,
  line: ConfigLine,
  declared: Secret | undefined,
): readonly ConfigRemark[] {
  const { on, nopass, hashes, allows } = readRules((line.args ?? []).slice(1).map(({ text }) => text));
  const keep = 'other users may stand beside it';
  const refuse = (text: string) => [reading.refuse(line, text)];
  if (!on) {
    return refuse(`the user default is off, and stackctl, replicas and Sentinels log in with it: leave it on; ${keep}`);
  }
  if (!allows) return refuse(`the user default may run no command, and stackctl logs in as it: add +@all; ${keep}`);
  if (declared === undefined) {
    return nopass ? [] : refuse(`the user default has a password that the stack does not declare: ${HOW}`);
  }
  if (nopass) return refuse('options.password is given and the user default has nopass, so that no login is needed');
  return hashes.has(sha256(declared.reveal()))
    ? []
    : refuse('the user default does not have the password of options.password, with which stackctl logs in');
}

/** What a user of a configuration file is after its rules; before the first rule it is off and has no rights. */
function readRules(rules: readonly string[]) {
  const state = { on: false, nopass: false, hashes: new Set<string>(), allows: false };
  for (const rule of rules) {
    const word = rule.toLowerCase();
    if (word === 'on') state.on = true;
    else if (word === 'off') state.on = false;
    else if (word === 'nopass' || word === 'resetpass' || word === 'reset') {
      state.hashes.clear();
      state.nopass = word === 'nopass';
      if (word === 'reset') Object.assign(state, { on: false, allows: false });
    } else if (rule.startsWith('>') || rule.startsWith('#')) {
      state.hashes.add(rule.startsWith('#') ? rule.slice(1) : sha256(rule.slice(1)));
      state.nopass = false;
    } else if (rule.startsWith('<') || rule.startsWith('!')) {
      state.hashes.delete(rule.startsWith('!') ? rule.slice(1) : sha256(rule.slice(1)));
    } else if (word.startsWith('+') || word === 'allcommands') state.allows = true;
    else if (word === '-@all' || word === 'nocommands') state.allows = false;
  }
  return state;
}
