import type { ConfigArgument } from './read-config.ts';

/** What stackctl, replicas and Sentinels do as the user `default`. */
export interface Needs {
  /** Upper case. */
  readonly commands: readonly string[];
  /** A key that is written to; undefined: no key. */
  readonly key: string | undefined;
}

/** A right that a user does not have. */
export interface Lacking {
  /** A command, or the key. */
  readonly what: string;
  /** The rule that took it, from 0; undefined: no rule gives it. */
  readonly rule: number | undefined;
}

/** Categories of the commands of `Needs` (`COMMAND INFO` of Redis 7 and Valkey 8.1). */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  PING: ['connection', 'fast'],
  INFO: ['dangerous', 'slow'],
  ROLE: ['admin', 'dangerous', 'fast'],
  SET: ['slow', 'string', 'write'],
  TIME: ['fast'],
  CLIENT: ['admin', 'connection', 'dangerous', 'slow'],
  CONFIG: ['admin', 'dangerous', 'slow'],
  REPLICAOF: ['admin', 'dangerous', 'slow'],
  SENTINEL: ['admin', 'dangerous', 'slow'],
  MULTI: ['fast', 'transaction'],
  EXEC: ['slow', 'transaction'],
  PUBLISH: ['fast', 'pubsub'],
  SUBSCRIBE: ['pubsub', 'slow'],
};

/**
 * What a user lacks after these rules of a configuration file. Rules with selectors are not judged: nothing is lacking.
 * Who may use one subcommand counts as allowed to use the command; a subcommand that is taken away counts only for CONFIG.
 */
export function lackingRights(rules: readonly ConfigArgument[], needs: Needs): readonly Lacking[] {
  if (rules.some(({ text }) => text.startsWith('('))) return [];
  return [
    ...needs.commands.flatMap((command) =>
      lack(
        command,
        decide(rules, (rule) => commandRule(rule, command)),
      ),
    ),
    ...(needs.key === undefined ? [] : lack(`the key ${needs.key}`, keyRule(rules, needs.key))),
  ];
}

type Decision = { readonly given: boolean; readonly rule: number | undefined };

function lack(what: string, { given, rule }: Decision): readonly Lacking[] {
  return given ? [] : [{ what, rule }];
}

function decide(rules: readonly ConfigArgument[], read: (rule: string) => boolean | undefined): Decision {
  let decision: Decision = { given: false, rule: undefined };
  rules.forEach(({ text }, index) => {
    const given = read(text.toLowerCase());
    if (given !== undefined) decision = { given, rule: decision.given && !given ? index : decision.rule };
  });
  return decision;
}

/** Whether the rule gives the command, takes it, or says nothing about it. */
function commandRule(rule: string, command: string): boolean | undefined {
  if (rule === 'reset' || rule === 'nocommands') return false;
  if (rule === 'allcommands') return true;
  const given = rule.startsWith('+');
  if (!given && !rule.startsWith('-')) return undefined;
  const [name = '', subcommand] = rule.slice(1).split('|');
  if (name.startsWith('@')) {
    return name === '@all' || CATEGORIES[command]?.includes(name.slice(1)) === true ? given : undefined;
  }
  const names = command === 'REPLICAOF' ? ['replicaof', 'slaveof'] : [command.toLowerCase()];
  if (!names.includes(name)) return undefined;
  const isUsed = command === 'CONFIG' && (subcommand === 'get' || subcommand === 'set');
  return given || subcommand === undefined || isUsed ? given : undefined;
}

function keyRule(rules: readonly ConfigArgument[], key: string): Decision {
  return decide(rules, (rule) => {
    if (rule === 'reset' || rule === 'resetkeys') return false;
    if (rule === 'allkeys') return true;
    const pattern = /^(?:~|%r?wr?~)(.*)$/s.exec(rule)?.[1];
    return pattern !== undefined && mayMatch(pattern, key) ? true : undefined;
  });
}

/** A pattern with classes or escapes is not judged. */
function mayMatch(pattern: string, key: string): boolean {
  if (/[[\\]/.test(pattern)) return true;
  const source = pattern
    .replace(/[.+^${}()|\]]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(key);
}
