import { instancesOf, type Stack } from '../stack/contract/model.ts';
import { noSuchService } from '../stack/derived/no-service.ts';
import { partOf } from '../stack/derived/part-of.ts';

/** Instances of these services, none named: of all. @throws E_USAGE for a name that is no service */
export function wantedNames(stack: Stack, services: readonly string[]): readonly string[] {
  const unknown = services.filter((name) => !stack.services.some((service) => service.name === name));
  if (unknown.length > 0) throw noSuchService(stack, unknown);
  return instancesOf(partOf(stack, services)).map(({ name }) => name);
}

/** Instances of those services among these whose program the stack brings along. */
export function rebuiltNames(stack: Stack, services: ReadonlySet<string>): ReadonlySet<string> {
  const rebuilt = stack.services.filter(({ name, build }) => build !== undefined && services.has(name));
  return new Set(rebuilt.flatMap(({ instances }) => instances.map(({ name }) => name)));
}
