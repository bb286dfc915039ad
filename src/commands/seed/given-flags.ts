import type { CommandContext } from '../line/command.ts';
import type { SeedFlags } from './flags.ts';

/** Which of the flags of a run are given, in the order of its help. @param but those that are not looked at. */
export function givenFlags({ global }: CommandContext, flags: SeedFlags, ...but: readonly string[]): readonly string[] {
  const isGiven = {
    '--count': flags.count !== undefined,
    '--rate': flags.rate !== undefined,
    '--duration': flags.duration !== undefined,
    '--until-stopped': flags.untilStopped === true,
    '--concurrency': flags.concurrency !== undefined,
    '--retry': flags.retry === true,
    '--threshold': flags.threshold.length > 0,
    '--epoch': flags.epoch !== undefined,
    '--emit': flags.emit !== undefined,
    '--digest': flags.digest === true,
    '--html': flags.html !== undefined,
    '--out': flags.out !== undefined,
    '--timeout': global.timeoutMs !== undefined,
  };
  return Object.entries(isGiven).flatMap(([flag, is]) => (is && !but.includes(flag) ? [flag] : []));
}
