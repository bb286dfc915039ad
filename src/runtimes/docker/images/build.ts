import { join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import { type Emit, step } from '../../../lib/events.ts';
import type { BuildSource, Service, Stack } from '../../../stack/contract/model.ts';
import type { PrepareOptions } from '../../../stack/contract/runtime-options.ts';
import { buildContent } from '../../../stack/derived/build-content.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { runDocker } from '../engine/compose-cli.ts';
import type { Engine } from '../engine/engine.ts';
import { inspectImage } from './images.ts';

/**
 * Builds the images of the stack's own programs: an image that is missing, whose source has changed since it was built, or
 * that the user has asked for.
 * @throws E_BUILD_FAILED with what the build said.
 */
export async function buildImages(engine: Engine, stack: Stack, emit: Emit, options?: PrepareOptions): Promise<void> {
  const input = { engine, projectId: stack.project.id, options };
  for (const service of stack.services) {
    if (service.build === undefined) continue;
    const { name, build: source } = service;
    const cause = await buildCause(input, service, source);
    if (cause === undefined) continue;
    await step(emit, { id: `build:${name}`, title: `build ${name}`, detail: cause }, () =>
      build(input, service, source),
    );
  }
}

interface BuildInput {
  readonly engine: Engine;
  readonly projectId: string;
  readonly options: PrepareOptions | undefined;
}

async function buildCause(
  { engine, options }: BuildInput,
  { name, image }: Service,
  source: BuildSource,
): Promise<string | undefined> {
  if (options?.rebuild?.has(name) === true) return 'asked for';
  const built = await contentOfImage(engine, image);
  if (built === undefined) return 'no image';
  return built === buildContent(source) ? undefined : 'its source changed';
}

/** The hash of what the image was built from; undefined where there is no such image. */
async function contentOfImage(engine: Engine, image: string): Promise<string | undefined> {
  const inspected = await inspectImage(engine, image);
  return inspected && (inspected.Config?.Labels?.[LABELS.content] ?? '');
}

async function build(
  { engine, projectId, options }: BuildInput,
  { name, image }: Service,
  source: BuildSource,
): Promise<void> {
  const labels = { [LABELS.project]: projectId, [LABELS.content]: buildContent(source) };
  const args = [
    ...flags('--label', labels),
    ...flags('--build-arg', source.args),
    ...(source.file === undefined ? [] : ['--file', join(source.folder, source.file)]),
    ...(source.target === undefined ? [] : ['--target', source.target]),
    ...(options?.cache === false ? ['--no-cache'] : []),
  ];
  const command = ['build', '--tag', image, ...args, source.folder];
  const { failed, stderr, stdout } = await runDocker(engine, command, options?.signal);
  options?.signal.throwIfAborted();
  if (failed) throw buildFailed(name, source, `${stdout}\n${stderr}`);
}

function buildFailed(service: string, { folder, file = 'Dockerfile' }: BuildSource, output: string): StackctlError {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const log = lines.slice(-20);
  const shown = log.map((line) => `  | ${line}`).join('\n');
  return new StackctlError('E_BUILD_FAILED', `the image of ${service} could not be built:\n${shown}`, {
    hint: `Fix ${join(folder, file)} or what it copies, and run \`stackctl up --build\` again.`,
    details: { service, folder, log },
  });
}

function flags(flag: string, entries: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(entries).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}
