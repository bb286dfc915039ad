/** A Compose file as a stack: what every service becomes, and everything that is not as it was. Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { Kind } from '../../stack/contract/kind.ts';
import type { ComposeFile } from '../read/compose-file.ts';
import { type ChosenService, chooseServices, type StaysOut } from './choose.ts';
import type { Entry, EntryContext } from './context.ts';
import { type Directory, directoryOf } from './directory.ts';
import { entryOf } from './entry.ts';
import { sharedVolumes } from './mounts.ts';
import { fittingName, serviceNames } from './names.ts';
import { namePorts, numberPorts, usable } from './ports.ts';
import { SecretBook, type SecretValue } from './secrets.ts';
import { withoutUnshared } from './unshared.ts';

export interface PlanInput {
  readonly file: ComposeFile;
  /** Every kind there is. */
  readonly kinds: readonly Kind[];
  /** What the stack is called when the file does not say so: its folder. */
  readonly folderName: string;
  /** The kind that takes any image; undefined: there is none, and such services stay out. */
  readonly anyImage: string | undefined;
  readonly isThere: (path: string) => boolean;
  readonly initScripts: EntryContext['initScripts'];
  readonly migrationFiles: EntryContext['migrationFiles'];
  /** Text of the Dockerfile that a service is built with; undefined: there is none. */
  readonly dockerfileOf: (service: ComposeService) => string | undefined;
  /** Whether a text stands in the Compose file: then it is no secret to those who have that file. */
  readonly isShared: (text: string) => boolean;
}

export interface StackPlan {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly secrets: readonly SecretValue[];
  /** Those of them whose text is not in the Compose file. */
  readonly unshared: readonly SecretValue[];
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  readonly staysOut: readonly StaysOut[];
  /** About the file as a whole. */
  readonly remarks: readonly string[];
}

export function planStack(input: PlanInput): StackPlan {
  const { file, kinds, folderName, anyImage, isThere, initScripts, migrationFiles, dockerfileOf, isShared } = input;
  const choice = chooseServices(file.services, kinds, { anyImage, isThere });
  const names = serviceNames(choice.chosen.map(({ from }) => from.name));
  const portNames = namePorts(choice);
  const { ports, moved } = numberPorts(choice, portNames);
  const directory: Directory = directoryOf(choice, names, ({ from }) => portNames.get(from.name) ?? new Map());
  const secrets = new SecretBook();
  const shared = sharedVolumes(choice);
  const planned = { choice, names, ports, moved, directory, secrets, shared };
  const context = { file, ...planned, isThere, initScripts, migrationFiles, dockerfileOf, anyImage: anyImage ?? '' };
  // Passwords are named after the servers that have them.
  const isServer = ({ server }: ChosenService) => server !== undefined;
  const inTurn = [...choice.chosen.filter(isServer), ...choice.chosen.filter((one) => !isServer(one))];
  // A secret that a later service names is hidden in an earlier one too.
  for (const service of inTurn) entryOf(service, context);
  const entries = new Map(inTurn.map((service) => [service.from.name, entryOf(service, context)]));
  const unshared = secrets.values().filter(({ text }) => !isShared(text));
  const all = choice.chosen.flatMap(({ from }) => entries.get(from.name) ?? []);
  return {
    name: fittingName(file.name ?? folderName),
    entries: all.map((entry) => withoutUnshared(entry, unshared, all)),
    secrets: secrets.values(),
    unshared,
    renamed: [...names].filter(([from, to]) => from !== to).map(([from, to]) => ({ from, to })),
    staysOut: choice.staysOut,
    remarks: remarksOf(file, choice.chosen),
  };
}

function remarksOf(file: ComposeFile, chosen: readonly ChosenService[]): readonly string[] {
  const open = chosen.filter(({ from }) => usable(from).some((port) => isOpen(port)));
  return [
    ...[...file.missing].map(
      ([name, { file: shown, line }]) => `${shown}:${line} the variable ${name} is not set: it is taken as empty`,
    ),
    ...[...file.networks]
      .filter(([, { external }]) => external)
      .map(([name]) => `the network ${name} of elsewhere is not joined: a stack has one of its own (\`network:\`)`),
    ...(open.length === 0
      ? []
      : [`the file publishes ports on every address of this machine; in a stack they are on 127.0.0.1`]),
  ];
}

function isOpen({ outside, hostIp }: ComposeService['ports'][number]): boolean {
  return outside !== undefined && (hostIp === undefined || !/^(127\.|::1$|localhost$)/.test(hostIp));
}
