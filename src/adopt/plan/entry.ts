/** One service of the Compose file as one of stack.yaml. Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { ChosenService } from './choose.ts';
import { type CommonParts, type Entry, type EntryContext, withAliases } from './context.ts';
import { aliasesOf } from './directory.ts';
import { instancesOf } from './instances.ts';
import { usable } from './ports.ts';
import { planProgram } from './program.ts';
import { serverEntry } from './server-entry.ts';

export function entryOf(chosen: ChosenService, context: EntryContext): Entry {
  const { from } = chosen;
  const { dependsOn, notes } = dependencies(from, context);
  const common = {
    name: context.names.get(from.name) ?? from.name,
    from: from.name,
    dependsOn,
    aliases: furtherNames(chosen, context),
    changed: [...portNotes(from), ...(context.moved.get(from.name) ?? []), ...notes],
  };
  return chosen.server === undefined
    ? programEntry(chosen, common, context)
    : serverEntry(chosen.server, from, common, context);
}

function programEntry({ from, why }: ChosenService, common: CommonParts, context: EntryContext): Entry {
  const { name, dependsOn, aliases } = common;
  const ports = context.ports.get(from.name) ?? [];
  const { keys, compose, notes } = planProgram(from, name, ports, context);
  const { image, build } = from;
  const instances = instancesOf({ from, server: undefined }, context.choice);
  return {
    ...{ name, from: from.name, kind: context.anyImage, ports },
    image: build === undefined ? image?.text : undefined,
    build: build?.context,
    keys: {
      kind: context.anyImage,
      instances: instances === 1 ? undefined : instances,
      image: build === undefined ? image?.text : undefined,
      ...keys(dependsOn),
      compose: withAliases(compose, aliases),
    },
    changed: [...(why === undefined ? [] : [`it is any image: ${why}`]), ...common.changed, ...notes],
    leftOut: [],
  };
}

/** Services that it waits for. In the place of one that stays out, such as a job that runs once: what that one waits for. */
function dependencies(from: ComposeService, { choice, names }: EntryContext) {
  const found = new Set<string>();
  const notes: string[] = [];
  const seen = new Set<string>();
  const follow = (service: ComposeService, isOwn: boolean): void => {
    for (const given of [...service.dependsOn.keys(), ...service.links.values()]) {
      if (seen.has(given)) continue;
      seen.add(given);
      const other = choice.same.get(given) ?? given;
      const name = names.get(other);
      if (name !== undefined && other !== from.name) found.add(name);
      if (name !== undefined) continue;
      if (isOwn) notes.push(`it does not wait for ${given}, which stays out`);
      const left = choice.all.find((one) => one.name === given);
      if (left !== undefined) follow(left, false);
    }
  };
  follow(from, true);
  return { dependsOn: [...found], notes: [...new Set(notes)] };
}

/** Names other than its own by which it is still found in the network, e.g. in a mounted file. */
function furtherNames({ from }: ChosenService, { choice, names }: EntryContext): readonly string[] {
  const own = names.get(from.name) ?? from.name;
  const all = [from.name, ...(aliasesOf(choice).get(from.name) ?? [])];
  const services = new Set([...names.values()]);
  return [...new Set(all)].filter((name) => name !== own && !services.has(name));
}

function portNotes(from: ComposeService): readonly string[] {
  const taken = new Set(usable(from));
  const lost = from.ports.filter((port) => !taken.has(port));
  const udp = lost.filter(({ protocol }) => protocol !== 'tcp').map(({ inside, protocol }) => `${inside}/${protocol}`);
  const long = lost.filter(
    ({ protocol, inside }) => protocol === 'tcp' && !usable(from).some((port) => port.inside === inside),
  );
  const [first, last] = [long[0], long.at(-1)];
  return [
    ...(udp.length === 0 ? [] : [`port ${[...new Set(udp)].join(', ')} is left out: a stack publishes TCP only`]),
    ...(first === undefined
      ? []
      : [`ports ${first.inside}-${last?.inside} are left out: a range of so many is not published`]),
  ];
}
