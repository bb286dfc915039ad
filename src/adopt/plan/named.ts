import { type ComposeService, variablesOf } from '../../stack/contract/compose-service.ts';

/** Whether a service waits for another one or has its address. Pure. */
export function names(service: ComposeService, other: string): boolean {
  return service.dependsOn.has(other) || isNamed(service, other);
}

/** A variable has its address. */
export function isNamed(service: ComposeService, other: string): boolean {
  const address = new RegExp(`(^|[^\\w.-])${other.replaceAll(/[.]/g, '\\.')}:\\d`);
  return [...variablesOf(service).values()].some((text) => address.test(text));
}
