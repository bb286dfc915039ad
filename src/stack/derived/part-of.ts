import { type Stack, serviceOf } from '../contract/model.ts';

/** The stack with nothing but these services and what they need; none named: the stack. */
export function partOf(stack: Stack, services: readonly string[]): Stack {
  if (services.length === 0) return stack;
  const chosen = withNeeds(stack, services);
  return { ...stack, services: stack.services.filter(({ name }) => chosen.has(name)) };
}

/**
 * The services and all that they cannot be ready without or be reached without: what they depend on, what they monitor,
 * and what stands in front of them.
 */
function withNeeds(stack: Stack, services: readonly string[]): ReadonlySet<string> {
  const chosen = new Set(services);
  for (const name of chosen) {
    const { dependsOn, monitors, through } = serviceOf(stack, name);
    for (const need of [...dependsOn, monitors, through]) if (need !== undefined) chosen.add(need);
  }
  return chosen;
}
