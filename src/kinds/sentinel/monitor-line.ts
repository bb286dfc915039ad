import { type ConfigLine, readConfig } from '../_shared/redis/read-config.ts';

/** `sentinel <directive> …` lines; `known-slave` is `known-replica`. */
export function sentinelLines(lines: readonly ConfigLine[], directive: string): readonly ConfigLine[] {
  return lines.filter(
    ({ name, args }) => name === 'sentinel' && args?.[0]?.text.toLowerCase().replace('slave', 'replica') === directive,
  );
}

export function monitorLines(lines: readonly ConfigLine[], group: string): readonly ConfigLine[] {
  return sentinelLines(lines, 'monitor').filter(({ args }) => args?.[1]?.text === group);
}

/** The line of a sentinel.conf that names the master of `group`. */
export function monitorLine(text: string, group: string): ConfigLine | undefined {
  return monitorLines(readConfig(text), group)[0];
}
