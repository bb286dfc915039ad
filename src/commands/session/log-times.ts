import type { Kind } from '../../stack/contract/kind.ts';
import type { Stack } from '../../stack/contract/model.ts';
import { kindNames, loadKind } from '../../stack/contract/plugins.ts';
import type { LogOptions } from '../../stack/contract/runtime-options.ts';

/**
 * Asks the kind of an instance when a line of its log was written.
 * @param stack undefined: it cannot be read, and the kinds of its instances are not known; then every kind is asked.
 */
export async function logTimes(stack: Stack | undefined): Promise<NonNullable<LogOptions['timeOf']>> {
  if (stack === undefined) {
    const kinds = await Promise.all(kindNames().map(loadKind));
    return (_, line) => firstTime(kinds, line);
  }
  // Also for an instance that the stack no longer has, e.g. after a change of its number of instances.
  const kinds = new Map(stack.services.map(({ name, kind }) => [name, kind]));
  return (instance, line) => kinds.get(instance.replace(/-\d+$/, ''))?.logTime?.(line);
}

function firstTime(kinds: readonly Kind[], line: string): Date | undefined {
  for (const { logTime } of kinds) {
    const time = logTime?.(line);
    if (time !== undefined) return time;
  }
  return undefined;
}
