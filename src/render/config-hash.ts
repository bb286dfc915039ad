import { sha256 } from '../lib/sha256.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { InstanceInput } from '../stack/contract/model.ts';
import { composeServiceOf } from '../stack/derived/compose-services.ts';
import { envFileText } from '../stack/derived/env-file.ts';
import { environmentOf } from '../stack/derived/environment.ts';
import { startIntervalOf } from './healthcheck.ts';

/**
 * Hash of everything that a running instance would have to be started again for. Member lists and the recorded primary change
 * while servers run and are no reason. What earlier versions did not count comes last, and only where the stack says it: what they
 * started keeps its hash.
 */
export function configHash(input: InstanceInput, files: readonly RenderedFile[]): string {
  const { stack, service, instance } = input;
  const stable = files.filter(({ volatile }) => volatile !== true).map(({ path, text }) => [path, text]);
  const place = [
    service.image,
    instance.ports,
    instance.peer,
    service.compose,
    ...(stack.runtime.rendersCompose ? [composeServiceOf(stack, service, instance), stack.network] : []),
    stable,
    ...program(input),
    ...unusualStart(input),
  ];
  return sha256(JSON.stringify(place)).slice(0, 16);
}

/** What a program that the stack brings along is started from. */
function program({ stack, service, instance }: InstanceInput): readonly unknown[] {
  if (service.kind.runsStackPrograms !== true) return [];
  const variables = envFileText(environmentOf(stack, service, instance, 'peer'));
  const { content, args, file, target } = service.build ?? {};
  const stage = file === undefined && target === undefined ? [] : [file, target];
  const mounts = Object.keys(service.mounts).length === 0 ? [] : [service.mounts];
  return [content, args, ...stage, service.command, variables, ...mounts];
}

/** What a start takes from the options where it is not what the defaults of the kind give. */
function unusualStart(input: InstanceInput): readonly unknown[] {
  const { kind } = input.service;
  const facts = { ...kind.startFacts?.(input), ...healthcheckInterval(input) };
  if (Object.keys(facts).length === 0) return [];
  const defaults = kind.options.safeParse({});
  const service = { ...input.service, options: defaults.data };
  const usual = defaults.success ? (kind.startFacts?.({ ...input, service }) ?? {}) : {};
  const unusual = Object.entries(facts).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name]),
  );
  return unusual.length === 0 ? [] : [unusual];
}

function healthcheckInterval(input: InstanceInput): Readonly<Record<string, unknown>> {
  const { stack, service } = input;
  const startInterval = stack.runtime.rendersCompose ? startIntervalOf(stack) : undefined;
  if (startInterval === undefined || service.kind.container(input).healthcheck.length === 0) return {};
  return { startInterval };
}
