import type { Stack } from '../contract/model.ts';
import { factsOf, runtimeNames } from '../contract/plugins.ts';
import { lackingIn } from '../derived/needs.ts';
import { fieldName } from '../source/problem.ts';
import { invalidStack } from './load-spec.ts';
import type { LoadedStack } from './loaded-stack.ts';

/**
 * The stack, whose services all have what its runtime starts from.
 * @throws E_STACK_INVALID naming those that have no image, or no command, with file, line and column.
 */
export function requireRunnable(stack: Stack, { source }: LoadedStack): Stack {
  const { name: runtime, startsFrom } = stack.runtime;
  const lacking = lackingIn(stack.services)[startsFrom];
  if (lacking.length === 0) return stack;
  const others = runtimeNames().filter((name) => factsOf(name).startsFrom !== startsFrom);
  const what =
    startsFrom === 'image'
      ? 'has neither `image` nor `build`, and the runtime DOCKER starts containers'
      : 'has no `command`, and the runtime DOCKER starts programs of this machine';
  const instead = others.length === 0 ? '' : ` (or take --runtime ${others.join(' or ')})`;
  throw invalidStack(
    source.file,
    lacking.map((service) => {
      const path = ['services', service];
      const message = `${what.replace('DOCKER', runtime)}${instead}`;
      return { ...source.at(path, 'key'), field: fieldName(path), message };
    }),
  );
}
