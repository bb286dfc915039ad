import { createHash } from 'node:crypto';
import { composeServiceOf } from '../stack/compose-services.ts';
import { envFileText } from '../stack/env-file.ts';
import { environmentOf } from '../stack/environment.ts';
import type { RenderedFile } from '../stack/kind.ts';
import { type Instance, instancesOf, type Service, type Stack } from '../stack/model.ts';
import { areReplicas } from '../stack/replicas.ts';
import { renderCompose } from './compose.ts';
import { renderEnv } from './env.ts';
import { renderEnvExample } from './env-example.ts';
import { fillTemplate } from './template.ts';

export interface Rendered {
  /** Sorted by path. */
  readonly files: readonly RenderedFile[];
  /** Instance name -> hash of everything that a running instance would have to be restarted for. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Instance name -> the instance whose files it reads: itself, or the first of the replicas. */
  readonly places: ReadonlyMap<string, string>;
}

/** Every file of a stack. Pure: the same Stack gives the same bytes. */
export function render(stack: Stack): Rendered {
  const perInstance = stack.services.flatMap((service) =>
    service.instances.map((instance) => {
      const place = placeOf(stack, service, instance);
      const files = place === instance ? instanceFiles(stack, service, instance) : [];
      return { service, instance, place, files };
    }),
  );
  const filesOf = new Map(perInstance.map(({ instance, files }) => [instance.name, files]));
  const hashes = new Map(
    perInstance.map(({ service, instance, place }) => [
      instance.name,
      hash(stack, service, place, filesOf.get(place.name) ?? []),
    ]),
  );
  const shared: readonly RenderedFile[] = stack.runtime === 'docker' ? [composeFile(stack, hashes, perInstance)] : [];
  const files = [
    ...perInstance.flatMap((entry) => entry.files),
    ...shared,
    renderEnv(stack),
    ...renderEnvExample(stack),
  ];
  const places = new Map(perInstance.map(({ instance, place }) => [instance.name, place.name]));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), hashes, places };
}

function composeFile(
  stack: Stack,
  hashes: ReadonlyMap<string, string>,
  rendered: readonly { readonly instance: Instance; readonly files: readonly RenderedFile[] }[],
): RenderedFile {
  const withoutFiles = new Set(rendered.filter(({ files }) => files.length === 0).map(({ instance }) => instance.name));
  return { path: 'compose.yaml', text: renderCompose(stack, hashes, withoutFiles), mode: 0o644 };
}

function instanceFiles(stack: Stack, service: Service, instance: Instance): readonly RenderedFile[] {
  const input = { stack, service, instance };
  const variables = service.kind.variables(input);
  const watched = new Set(service.kind.watchedConfig?.(input));
  const configs = service.config.map((template): RenderedFile => {
    const { text, secret } = fillTemplate(template, variables);
    const volatile = watched.has(template.target);
    return {
      path: `${instance.name}/${template.target}`,
      text,
      mode: secret ? 0o600 : 0o644,
      ...(volatile && { volatile }),
    };
  });
  return [...configs, ...service.kind.files(input)];
}

/** Replicas share the files and the configuration of the first one. */
function placeOf(stack: Stack, service: Service, instance: Instance): Instance {
  return areReplicas(stack.runtime, service) ? (service.instances[0] ?? instance) : instance;
}

/** Member lists and the recorded primary change while servers run and are no reason to restart one. */
function hash(stack: Stack, service: Service, instance: Instance, files: readonly RenderedFile[]): string {
  const stable = files.filter(({ volatile }) => volatile !== true).map(({ path, text }) => [path, text]);
  const place = [
    service.image,
    instance.ports,
    instance.peer,
    service.compose,
    ...(stack.runtime === 'docker' ? [composeServiceOf(stack, service, instance), stack.network] : []),
    stable,
    ...program(stack, service, instance),
  ];
  return createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 16);
}

/** What a program that the stack brings along is started from. */
function program(stack: Stack, service: Service, instance: Instance): readonly unknown[] {
  if (service.kind.runsStackPrograms !== true) return [];
  const variables = envFileText(environmentOf(stack, service, instance, 'peer'));
  return [service.build?.content, service.build?.args, service.command, variables];
}

/** Names of all instances of a stack, in order. */
export function instanceNames(stack: Stack): readonly string[] {
  return instancesOf(stack).map(({ name }) => name);
}
