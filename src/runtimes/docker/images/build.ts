import { StackctlError } from '../../../errors.ts';
import { type Emit, step } from '../../../lib/events.ts';
import type { BuildSource, Service, Stack } from '../../../stack/contract/model.ts';
import type { PrepareOptions } from '../../../stack/contract/runtime.ts';
import { buildContent } from '../../../stack/derived/build-content.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { runDocker } from '../engine/compose-cli.ts';
import type { Engine } from '../engine/engine.ts';
import { unlessRefused } from '../engine/guard.ts';
import { inspectImage } from './images.ts';

/**
 * Builds the images of the programs that the stack brings along: those that are not there, that were built from something
 * else, or that are asked for.
 * @throws E_BUILD_FAILED with what the build said.
 */
export async function buildImages(engine: Engine, stack: Stack, emit: Emit, options?: PrepareOptions): Promise<void> {
  for (const service of stack.services) {
    if (service.build === undefined) continue;
    const cause = await buildCause(engine, service, service.build, options);
    if (cause === undefined) continue;
    const { name, build: source } = service;
    await step(emit, { id: `build:${name}`, title: `build ${name}`, detail: cause }, () =>
      build(engine, stack, service, source, options),
    );
  }
}

async function buildCause(
  engine: Engine,
  { name, image }: Service,
  source: BuildSource,
  options: PrepareOptions | undefined,
): Promise<string | undefined> {
  if (options?.rebuild.has(name) === true) return 'asked for';
  const built = await contentOfImage(engine, image);
  if (built === undefined) return 'no image';
  return built === buildContent(source) ? undefined : 'its source changed';
}

/** Undefined where there is no such image. */
async function contentOfImage(engine: Engine, image: string): Promise<string | undefined> {
  const inspected = await inspectImage(engine, image);
  return inspected && (inspected.Config?.Labels?.[LABELS.content] ?? '');
}

async function build(
  engine: Engine,
  stack: Stack,
  { name, image }: Service,
  source: BuildSource,
  options: PrepareOptions | undefined,
): Promise<void> {
  const labels = { [LABELS.project]: stack.project.id, [LABELS.content]: buildContent(source) };
  const args = [
    ...flags('--label', labels),
    ...flags('--build-arg', source.args),
    ...(options?.cache === false ? ['--no-cache'] : []),
  ];
  const { failed, stderr, stdout } = await runDocker(
    engine,
    ['build', '--tag', image, ...args, source.folder],
    options?.signal,
  );
  options?.signal.throwIfAborted();
  if (!failed) return;
  const log = `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-20);
  throw new StackctlError(
    'E_BUILD_FAILED',
    `the image of ${name} could not be built:\n${log.map((line) => `  | ${line}`).join('\n')}`,
    {
      hint: `Fix ${source.folder}/Dockerfile or what it copies, and run \`stackctl up --build\` again.`,
      details: { service: name, folder: source.folder, log },
    },
  );
}

function flags(flag: string, entries: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(entries).flatMap(([key, value]) => [flag, `${key}=${value}`]);
}

interface ListedImage {
  readonly Id: string;
}

/** Deletes the images that were built for a project. */
export async function removeImages(engine: Engine, projectId: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABELS.project}=${projectId}`] }));
  const images = await engine.get<readonly ListedImage[]>(`/images/json?filters=${filters}`);
  if (images.length === 0) return;
  const docker = await engine.docker();
  for (const { Id } of images) {
    // Somebody else uses it, or has removed it already: it is not ours any more.
    await unlessRefused(docker.getImage(Id).remove({ force: true }), [404, 409]);
  }
}
