import { StackctlError } from '../errors.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { Instance, InstanceInput, Service, Stack } from '../stack/contract/model.ts';
import { areReplicas } from '../stack/derived/replicas.ts';
import { composeText } from './compose.ts';
import { configHash } from './config-hash.ts';
import { checkConfigs, fillConfigs, type SecretConfig } from './configs.ts';
import { renderEnv } from './env.ts';
import { renderEnvExample } from './env-example.ts';

export interface Rendered {
  /** Sorted by path. */
  readonly files: readonly RenderedFile[];
  /** Instance name -> hash of everything that a running instance would have to be restarted for. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Instance name -> the instance whose files it reads: itself, or the first of the replicas. */
  readonly places: ReadonlyMap<string, string>;
  /** Lines of config files that stackctl overrides, each with file:line:column. */
  readonly warnings: readonly string[];
}

/**
 * Every file of a stack. Pure: the same Stack gives the same bytes.
 * @throws E_STACK_INVALID for a template that cannot be filled, or that says what its kind cannot have.
 */
export function render(stack: Stack): Rendered {
  const configs = fillConfigs(stack);
  const warnings = checkConfigs(stack, configs);
  const perInstance = stack.services.flatMap((service) =>
    service.instances.map((instance) => {
      const place = placeOf(stack, service, instance);
      const files =
        place === instance ? instanceFiles({ stack, service, instance }, configs.get(instance.name) ?? []) : [];
      return { service, instance, place, files };
    }),
  );
  const filesOf = new Map(perInstance.map(({ instance, files }) => [instance.name, files]));
  const hashes = new Map(
    perInstance.map(({ service, instance, place }) => [
      instance.name,
      configHash({ stack, service, instance: place }, filesOf.get(place.name) ?? []),
    ]),
  );
  const shared: readonly RenderedFile[] = stack.runtime.rendersCompose ? [composeFile(stack, hashes, perInstance)] : [];
  const files = [
    ...perInstance.flatMap((entry) => entry.files),
    ...shared,
    renderEnv(stack),
    ...renderEnvExample(stack),
  ];
  const places = new Map(perInstance.map(({ instance, place }) => [instance.name, place.name]));
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), hashes, places, warnings };
}

function composeFile(
  stack: Stack,
  hashes: ReadonlyMap<string, string>,
  rendered: readonly { readonly instance: Instance; readonly files: readonly RenderedFile[] }[],
): RenderedFile {
  const withoutFiles = new Set(rendered.filter(({ files }) => files.length === 0).map(({ instance }) => instance.name));
  const { key, text } = composeText(stack, hashes, withoutFiles);
  let made: string | undefined;
  return {
    path: 'compose.yaml',
    key,
    mode: 0o644,
    get text() {
      made ??= text();
      return made;
    },
  };
}

function instanceFiles(input: InstanceInput, configs: readonly SecretConfig[]): readonly RenderedFile[] {
  const { service, instance } = input;
  const watched = new Set(service.kind.watchedConfig?.(input));
  const rendered = configs.map(({ target, text, secret }): RenderedFile => {
    const volatile = watched.has(target);
    return { path: `${instance.name}/${target}`, text, mode: secret ? 0o600 : 0o644, ...(volatile && { volatile }) };
  });
  const own = service.kind.files(input, configs);
  refuseClashes(input, rendered, own);
  return [...rendered, ...own];
}

/** @throws E_STACK_INVALID for a config file that has the name of one that the kind writes itself. */
function refuseClashes(
  { service, instance }: InstanceInput,
  configs: readonly RenderedFile[],
  own: readonly RenderedFile[],
): void {
  const clash = configs.find(({ path }) => own.some((file) => file.path === path));
  if (clash === undefined) return;
  const name = clash.path.slice(instance.name.length + 1);
  throw new StackctlError(
    'E_STACK_INVALID',
    `services.${service.name}.config.${name}: kind ${service.kind.name} writes a file of this name itself`,
    { hint: 'Nothing was changed. Give the file another name in stack.yaml, or set what it is for with `options:`.' },
  );
}

/** Replicas share the files and the configuration of the first one. */
function placeOf(stack: Stack, service: Service, instance: Instance): Instance {
  return areReplicas(stack.runtime, service) ? (service.instances[0] ?? instance) : instance;
}
