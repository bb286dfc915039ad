/** What does not answer and is not waited for, in words. */
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { Unreachable } from './links.ts';

export function silenceOf({ instance, problem }: Unreachable): string {
  return `${instance.name} does not answer: ${problem}`;
}

/** For the user, of a hand-over that goes on without it. */
export function leftOutText(input: ServiceInput, one: Unreachable): string {
  const later =
    one.instance.service === input.service.name
      ? 'when it is back, it hears of the new master from the other Sentinels'
      : 'when it is back, the Sentinels make it follow the new master';
  return `${silenceOf(one)}. The hand-over goes on without it; ${later}`;
}
