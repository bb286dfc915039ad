/** A service with any image: what of it stack.yaml has words for, and what goes to Compose as it is. Pure. */
import { type ComposeService, variablesOf } from '../../stack/contract/compose-service.ts';
import { containerKeys, type PlannedBuild } from './container-entry.ts';
import type { EntryContext } from './context.ts';
import { envFileNotes } from './env-files.ts';
import { planEnvironment } from './environment.ts';
import { fixedPortNotes } from './fixed-port.ts';
import { localCommandNotes } from './local-command.ts';
import { planMounts } from './mounts.ts';
import { forCompose, passOn, withoutReferences } from './pass-through.ts';
import { placesIn } from './places.ts';
import type { PlannedPort } from './ports.ts';
import { type PlannedReadiness, readinessOf, withVariables } from './readiness.ts';

type Tree = Readonly<Record<string, unknown>>;

export interface PlannedProgram {
  /** Keys between `image` and `compose`, in the order of a stack.yaml. */
  readonly keys: (dependsOn: readonly string[]) => Tree;
  readonly compose: Tree;
  readonly notes: readonly string[];
}

/** @param name in the stack. */
export function planProgram(
  service: ComposeService,
  name: string,
  ports: readonly PlannedPort[],
  { directory, secrets, file, shared, isThere, dockerfileOf }: EntryContext,
): PlannedProgram {
  const envFiles = service.envFiles.filter(({ path }) => isThere(path));
  const environment = planEnvironment({ service, name, directory, secrets }, envFiles.length > 0);
  const mounts = planMounts(service, file, shared);
  const passed = passOn(service, false);
  const byNumber = new Map(ports.map((port) => [port.inside, port.name]));
  const readiness = withVariables(readinessOf(service, byNumber), secretTexts(service, environment.environment));
  const { options, ...parts } = containerKeys({
    ports,
    volumes: mounts.volumes,
    envFiles: envFiles.map(({ path }) => path),
    readiness,
    stopGraceS: service.stopGraceS,
    build: plannedBuild(service),
  });
  const compose = withoutReferences(
    withoutEmpty({
      entrypoint: service.entrypoint === undefined ? undefined : forCompose(service.entrypoint),
      environment: forCompose(environment.odd),
      volumes: mounts.binds,
      ...passed.compose,
      tmpfs: [...mounts.tmpfs, ...listOf(passed.compose.tmpfs)],
    }),
  );
  return {
    keys: (dependsOn) => ({
      build: parts.build,
      command: service.command === undefined || service.command.length === 0 ? undefined : service.command,
      ports: parts.ports,
      dependsOn: dependsOn.length === 0 ? undefined : dependsOn,
      envFile: parts.envFile,
      environment: Object.keys(environment.environment).length === 0 ? undefined : environment.environment,
      volumes: parts.volumes,
      options,
    }),
    compose: compose.kept,
    notes: [
      ...envFileNotes(service, { isThere }),
      ...environment.notes,
      ...oddNotes(environment.odd),
      ...commandNotes(service, directory),
      ...localCommandNotes(service, name, ports, dockerfileOf(service)),
      ...portNotes(service, readiness, ports),
      ...mounts.notes,
      ...passed.notes,
      ...buildNotes(service),
      ...compose.lost.map((path) => `${path} is left out: its text has {{…}}, which a stack.yaml fills in itself`),
    ],
  };
}

/** Texts that are secrets as a whole -> the variable that has them. */
function secretTexts(service: ComposeService, planned: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const named = [...variablesOf(service)].filter(([name]) => /^\{\{\w+\}\}$/.test(planned[name] ?? ''));
  return new Map(named.map(([name, text]) => [text, name]));
}

function plannedBuild({ build }: ComposeService): PlannedBuild | undefined {
  if (build === undefined) return undefined;
  const { dockerfile, target } = build.rest;
  return {
    context: build.context,
    args: build.args,
    // What Compose takes anyway.
    dockerfile: typeof dockerfile === 'string' && dockerfile !== 'Dockerfile' ? dockerfile : undefined,
    target: typeof target === 'string' && target !== '' ? target : undefined,
  };
}

/** What `docker build` is not given. */
function buildNotes({ build }: ComposeService): readonly string[] {
  const others = Object.keys(build?.rest ?? {}).filter(
    (key) => !['dockerfile', 'target', 'tags', 'labels'].includes(key),
  );
  return others.map((key) => `build.${key} is left out`);
}

function oddNotes(odd: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(odd);
  if (names.length === 0) return [];
  return [`${names.join(', ')}: such names are for containers only, and addresses in them stay as they are`];
}

/** A command is not filled in: what it names leads there in containers, by the name of a service. */
function commandNotes(service: ComposeService, directory: EntryContext['directory']): readonly string[] {
  const found = new Map<string, boolean>();
  for (const word of [...(service.entrypoint ?? []), ...(service.command ?? [])]) {
    for (const { host } of placesIn(word)) {
      const target = directory.find(host, service);
      if (target !== undefined && host !== service.name) found.set(target.name, target.anyPort);
    }
  }
  return [...found].map(([name, anyPort]) =>
    anyPort
      ? `its command names ${name} at a port that it has no more: write {{${name}.address}} into a variable, and that into the command`
      : `its command names ${name}, which leads there in containers only: a command is not filled in`,
  );
}

function portNotes(
  { command = [] }: ComposeService,
  readiness: PlannedReadiness | undefined,
  ports: readonly PlannedPort[],
): readonly string[] {
  return [
    ...fixedPortNotes('its command', command, ports),
    ...fixedPortNotes('its health check', readiness?.type === 'exec' ? readiness.command : [], ports),
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function withoutEmpty(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).filter(
      ([, value]) =>
        value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}
