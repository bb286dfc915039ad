/** A service whose server is of a kind: the options of that kind. Pure. */
import { Secret } from '../../lib/secret.ts';
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { Kind } from '../../stack/contract/kind.ts';
import { isDataFolder, isInitScript } from '../../stack/derived/compose-reading.ts';
import type { InitScript } from '../read/init-scripts.ts';
import type { ChosenServer } from './choose.ts';
import { type CommonParts, type Entry, type EntryContext, withAliases } from './context.ts';
import { envFileNotes } from './env-files.ts';
import { planMigrations } from './init-migrations.ts';
import { instancesOf, watcherOf } from './instances.ts';
import { passOn } from './pass-through.ts';
import type { SecretBook } from './secrets.ts';

export function serverEntry(
  server: ChosenServer,
  from: ComposeService,
  common: CommonParts,
  context: EntryContext,
): Entry {
  const { kind, adopted, image } = server;
  const { name, dependsOn, aliases } = common;
  const { options, refused } = optionsOf(kind, adopted.options, name, context.secrets);
  const { compose, notes } = passOn(from, true);
  const ports = context.ports.get(from.name) ?? [];
  const instances = instancesOf({ from, server }, context.choice);
  const nameOf = (service: string | undefined) => (service === undefined ? undefined : context.names.get(service));
  const published = ports.flatMap(({ name: port, outside }) =>
    outside === undefined ? [] : [[port, outside] as const],
  );
  const scripts = context.initScripts.get(from.name) ?? [];
  const { migrator } = kind;
  const migrations = migrator && planMigrations({ name, migrator, scripts, taken: context.migrationFiles });
  return {
    ...{ name, from: from.name, kind: kind.name, build: undefined, ports, migrations },
    image: image ?? kind.defaultImage,
    keys: {
      kind: kind.name,
      instances: instances === 1 ? undefined : instances,
      image,
      ports: filled(Object.fromEntries(published)),
      monitors: nameOf(adopted.monitors),
      primaryFrom: nameOf(watcherOf(from.name, context.choice)?.from.name),
      dependsOn: dependsOn.length === 0 ? undefined : dependsOn,
      options: filled(options),
      compose: withAliases(compose, aliases),
    },
    changed: [
      ...(image === from.image?.text
        ? []
        : [`its image is ${image ?? kind.defaultImage} instead of ${from.image?.text}`]),
      ...common.changed,
      ...adopted.changed,
      ...dataNotes(from),
      ...envFileNotes(from, context),
      ...(kind.migrator === undefined ? [] : schemaNotes(from, name, scripts)),
      ...(migrations?.notes ?? []),
      ...(from.replicas > instances
        ? [`it is ${instances === 1 ? 'one instance' : instances} instead of ${from.replicas}`]
        : []),
    ],
    leftOut: [...adopted.leftOut, ...refused, ...notes.map((note) => note.replace(/ is left out$/, ''))],
  };
}

function dataNotes({ mounts }: ComposeService): readonly string[] {
  return mounts.flatMap(({ type, source, target }) => {
    if (source === undefined || (type !== 'volume' && !isDataFolder(target))) return [];
    return [
      `what is in ${type === 'volume' ? 'the volume ' : ''}${source} stays there: it begins with an empty volume of its own`,
    ];
  });
}

/** What is mounted there and is no file that was found. */
function schemaNotes(
  { mounts, files }: ComposeService,
  name: string,
  scripts: readonly InitScript[],
): readonly string[] {
  const unread = [...mounts, ...files].filter(isInitScript);
  if (unread.length === 0 || scripts.length > 0) return [];
  const places = unread.map((one) => ('source' in one ? `${one.source} at ${one.target}` : `${one.of} ${one.name}`));
  return [
    `what it ran at its first start (${places.join(', ')}) is not there or no file, and not run any more: make the folder migrations/${name}, add \`migrations: {${name}: migrations/${name}}\` here, run \`stackctl migrate new init\`, and put the SQL into the file that it names`,
  ];
}

/** With secrets as the names of their values. What the kind does not take is left out. */
function optionsOf(kind: Kind, given: Readonly<Record<string, unknown>>, name: string, secrets: SecretBook) {
  const options: Record<string, unknown> = {};
  const refused: string[] = [];
  for (const [option, value] of Object.entries(given)) {
    const checked = kind.options.safeParse({ [option]: value });
    const isLine = !(value instanceof Secret) || !/[\p{Cc}]/u.test(value.reveal());
    if (!checked.success || !isLine) {
      refused.push(`${option}: ${checked.error?.issues[0]?.message ?? 'must be one line'}`);
    } else if (value instanceof Secret) {
      options[option] = `{{${secrets.nameOf(value.reveal(), `${name} ${option}`, `${option} of ${name}`)}}}`;
    } else options[option] = value;
  }
  return { options, refused };
}

function filled(tree: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  return Object.keys(tree).length === 0 ? undefined : tree;
}
