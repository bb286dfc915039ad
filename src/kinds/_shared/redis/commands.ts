import type { ConfigArgument, ConfigLine } from './read-config.ts';

/** Commands that a Sentinel sends to the servers that it watches: `sentinelInstanceMapCommand` of Redis 7, the same in Valkey 8.1. */
export const SENTINEL_SENDS: ReadonlySet<string> = new Set([
  'CLIENT',
  'CONFIG',
  'EXEC',
  'INFO',
  'MULTI',
  'PING',
  'PUBLISH',
  'SLAVEOF',
  'SUBSCRIBE',
]);

/** stackctl sends `always` to every server; the start script, a hand-over and replicas also send `inGroup`. */
export const BY_NAME = {
  always: ['PING', 'INFO', 'ROLE', 'AUTH', 'SET'],
  inGroup: ['TIME', 'CLIENT', 'PSYNC', 'REPLCONF'],
} as const;

export interface RenamedCommand {
  readonly line: ConfigLine;
  /** As Redis calls it, upper case. */
  readonly command: string;
  /** Empty: the command is gone. */
  readonly name: string;
}

/** `rename-command` lines. The server refuses a second one for the same command. */
export function renamedCommands(lines: readonly ConfigLine[]): readonly RenamedCommand[] {
  return lines.flatMap((line) => {
    const [command, name] = (line.args ?? []) as readonly (ConfigArgument | undefined)[];
    if (line.name !== 'rename-command' || command === undefined || name === undefined) return [];
    return [{ line, command: command.text.toUpperCase(), name: name.text }];
  });
}
