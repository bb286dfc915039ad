/** By which words services of the file find each other, and what stands for such a place in a stack.yaml. Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { Choice, ChosenService } from './choose.ts';

/** A service of the stack as others name it. */
export interface Target {
  /** In the stack. */
  readonly name: string;
  /** Its server is of a kind, so that its ports are those of the kind. */
  readonly isServer: boolean;
  /** Port inside -> its name, the main one first. */
  readonly ports: ReadonlyMap<number, string>;
  /** Others mean its main address whatever port they name. */
  readonly anyPort: boolean;
}

export interface Directory {
  /** What a word means to a service; undefined: it is no service of the stack. */
  find(word: string, by: ComposeService): Target | undefined;
  /** The service of the Compose file that stays out and that a word means. */
  missing(word: string): string | undefined;
}

/** Name of a service of the Compose file -> every further name that leads to it. */
export function aliasesOf({ chosen, same }: Choice): ReadonlyMap<string, readonly string[]> {
  return new Map(
    chosen.map(({ from }) => [
      from.name,
      [...from.aliases, ...[...same].flatMap(([further, as]) => (as === from.name ? [further] : []))],
    ]),
  );
}

export function directoryOf(
  choice: Choice,
  names: ReadonlyMap<string, string>,
  portsOf: (service: ChosenService) => ReadonlyMap<number, string>,
): Directory {
  const aliases = aliasesOf(choice);
  const targets = new Map<string, Target>();
  const all = choice.chosen.map((service) => ({ service, target: targetOf(service, names, portsOf) }));
  for (const { service, target } of all)
    for (const word of aliases.get(service.from.name) ?? []) targets.set(word, target);
  // A service's own name counts before an alias of another one.
  for (const { service, target } of all) targets.set(service.from.name, target);
  const out = new Set(choice.staysOut.map(({ service }) => service));
  return {
    find: (word, by) => targets.get(by.links.get(word) ?? word),
    missing: (word) => (out.has(word) && !targets.has(word) ? word : undefined),
  };
}

function targetOf(
  service: ChosenService,
  names: ReadonlyMap<string, string>,
  portsOf: (service: ChosenService) => ReadonlyMap<number, string>,
): Target {
  return {
    name: names.get(service.from.name) ?? service.from.name,
    isServer: service.server !== undefined,
    ports: portsOf(service),
    anyPort: service.server?.adopted.anyPort === true,
  };
}

/** `{{db.address}}`, or for another port than the main one `{{db.host}}:{{db.port.metrics}}`; undefined: it has no such port. */
export function addressText(target: Target, port: number | undefined): string | undefined {
  const [main] = target.ports.keys();
  if (port === undefined || target.anyPort || port === main) {
    return main === undefined ? undefined : `{{${target.name}.address}}`;
  }
  const name = target.ports.get(port);
  return name === undefined ? undefined : `{{${target.name}.host}}:{{${target.name}.port.${name}}}`;
}

export function hostText({ name }: Target): string {
  return `{{${name}.host}}`;
}

export function portText(target: Target, port: number): string | undefined {
  const [main] = target.ports.keys();
  if (target.anyPort || port === main) return `{{${target.name}.port}}`;
  const name = target.ports.get(port);
  return name === undefined ? undefined : `{{${target.name}.port.${name}}}`;
}
