import { createHash } from 'node:crypto';
import type { Secret } from '../../lib/secret.ts';
import type { ConfigRemark } from '../../stack/kind.ts';
import type { ConfigReading } from './config-reading.ts';
import { type ConfigLine, lastOf } from './read-config.ts';

const HOW = [
  'give the service `options: { password: "{{redisPassword}}" }` with a value `redisPassword` of type secret,',
  'and write `{{#each password}}`, `requirepass {{this}}`, `{{/each}}` on three lines here',
].join(' ');

/**
 * Whether the file asks for the password that the stack declares. stackctl, replicas, Sentinels and health checks log in as
 * the user `default` with it, so that any other password would only show as NOAUTH until the time is over.
 */
export function checkPassword(reading: ConfigReading, declared: Secret | undefined): readonly ConfigRemark[] {
  const user = reading.lines.find(({ name, args }) => name === 'user' && args?.[0]?.text === 'default');
  if (user !== undefined) return checkDefaultUser(reading, user, declared);
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
      `options.password is given and ${reading.target} asks for none: everybody gets in; ${HOW}`,
    ),
  ];
}

/** The same password in a line that a server logs in to others with; without the line there must be none. */
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
    return refuse(`the user default is off, and stackctl, replicas and Sentinels log in as it: leave it on; ${keep}`);
  }
  if (!allows) return refuse(`the user default may run no command, and stackctl logs in as it: add +@all; ${keep}`);
  if (declared === undefined) {
    return nopass ? [] : refuse(`the user default has a password that the stack does not declare: ${HOW}`);
  }
  if (nopass) return refuse('options.password is given and the user default has nopass: everybody gets in');
  return hashes.has(sha256(declared.reveal()))
    ? []
    : refuse('the user default does not have the password of options.password, with which stackctl logs in');
}

/** What rules make of a user that has nothing yet, as the ones of a configuration file start. */
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
