import { StackctlError } from '../errors.ts';
import { instancesOf, type Stack } from '../stack/contract/model.ts';
import { partOf } from '../stack/derived/part-of.ts';

/**
 * The error of an `up` that was asked to leave migrations alone. What needs a service that runs and whose migrations
 * were left out may wait for a table for ever, and more time would not help. Other errors come back as they are.
 */
export function explainLeftOut(error: unknown, stack: Stack): unknown {
  if (!(error instanceof StackctlError) || error.code !== 'E_NOT_READY') return error;
  const late = new Set(lateNames(error.details.instances));
  const services = new Set(instancesOf(stack).flatMap(({ name, service }) => (late.has(name) ? [service] : [])));
  if (services.size === 0) return error;
  const needed = new Set(partOf(stack, [...services]).services.map(({ name }) => name));
  const unmigrated = stack.migrations.filter(({ service }) => needed.has(service) && !services.has(service));
  if (unmigrated.length === 0) return error;
  return new StackctlError(error.code, error.message, {
    hint: `It keeps running; the migrations of ${unmigrated.map(({ service }) => service).join(', ')} were left out: \`stackctl migrate up\` applies them.`,
    details: error.details,
    cause: error,
  });
}

function lateNames(instances: unknown): readonly unknown[] {
  if (!Array.isArray(instances)) return [];
  return instances.map((entry: { readonly name?: unknown }) => entry.name);
}
