/**
 * How a stack.yaml says that a service runs any image. Everything that depends on how that kind is written
 * stands in this file. Pure.
 */

import type { PlannedPort } from './ports.ts';
import type { PlannedReadiness } from './readiness.ts';

export interface PlannedBuild {
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
}

export interface ContainerParts {
  readonly ports: readonly PlannedPort[];
  /** Name of a volume -> where it is mounted. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly envFiles: readonly string[];
  readonly readiness: PlannedReadiness | undefined;
  readonly stopGraceS: number | undefined;
  readonly build: PlannedBuild | undefined;
}

/** The keys of the service in which the kind has a say, in the order in which they are written. */
export function containerKeys(parts: ContainerParts) {
  const { ports, volumes, envFiles, readiness, stopGraceS, build } = parts;
  return {
    build: build && buildKey(build),
    ports: filled(
      ports.map(({ name, inside, outside = inside }) => [name, inside === outside ? inside : { inside, outside }]),
    ),
    envFile: envFiles.length > 1 ? envFiles : envFiles[0],
    volumes: filled(Object.entries(volumes)),
    options: filled([
      ...(readiness === undefined ? [] : [['readiness', readinessOption(readiness)] as const]),
      ...(stopGraceS === undefined ? [] : [['stopGraceS', stopGraceS] as const]),
    ]),
  };
}

function buildKey({ context, args, dockerfile, target }: PlannedBuild): unknown {
  const more = filled([
    ...(Object.keys(args).length === 0 ? [] : [['args', args] as const]),
    ...(dockerfile === undefined ? [] : [['dockerfile', dockerfile] as const]),
    ...(target === undefined ? [] : [['target', target] as const]),
  ]);
  return more === undefined ? context : { context, ...more };
}

function readinessOption(readiness: PlannedReadiness): unknown {
  if (readiness.type === 'exec') {
    const { command, timeoutS } = readiness;
    return { exec: command, ...(timeoutS !== undefined && { timeoutS }) };
  }
  return { http: { port: readiness.port, path: readiness.path } };
}

function filled(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
