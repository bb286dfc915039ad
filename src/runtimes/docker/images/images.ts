import { StackctlError } from '../../../errors.ts';
import { type Emit, step } from '../../../lib/events.ts';
import { deadline } from '../../../lib/poll.ts';
import type { Engine } from '../engine/engine.ts';
import { engineMessage, isConnectionLost, statusCode, unlessRefused } from '../engine/guard.ts';
import type { InspectedImage } from '../engine/objects.ts';

export interface ImageFailure {
  readonly image: string;
  /** Why the image could not be pulled. */
  readonly reason: string;
}

const PULL_MS = 15 * 60_000;

/** The images that the Engine does not have. @throws E_IMAGE_MISSING for a name that it does not accept. */
export async function missingImages(engine: Engine, images: readonly string[]): Promise<readonly string[]> {
  const unique = [...new Set(images)];
  const present = await Promise.all(unique.map((image) => hasImage(engine, image)));
  return unique.filter((_, index) => !present[index]);
}

async function hasImage(engine: Engine, image: string): Promise<boolean> {
  try {
    return (await inspectImage(engine, image)) !== undefined;
  } catch (error) {
    if (statusCode(error) === 400) throw imagesMissing([{ image, reason: pullFailure(error) }], []);
    throw error;
  }
}

/** What the Engine knows of an image; undefined where it does not have the image. */
export function inspectImage(engine: Engine, image: string): Promise<InspectedImage | undefined> {
  return unlessRefused(engine.reader.inspectImage(image), [404]);
}

/** Pulls images one after the other. Failures are returned, so that one error can name all of them. */
export async function pullImages(
  engine: Engine,
  images: readonly string[],
  emit: Emit,
  signal?: AbortSignal,
): Promise<readonly ImageFailure[]> {
  const failures: ImageFailure[] = [];
  for (const image of images) {
    const reason = await step(
      emit,
      { id: `pull:${image}`, title: `Pull ${image}`, detail: 'the Engine does not have it' },
      () => pull(engine, image, signal),
      (failure) => (failure === undefined ? { state: 'done' } : { state: 'failed', detail: failure }),
    );
    if (reason !== undefined) failures.push({ image, reason });
  }
  return failures;
}

/** Returns why it failed; undefined for an image that is there now. */
async function pull(engine: Engine, image: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const docker = await engine.docker();
  try {
    // Without a tag the Engine would pull every tag of the repository.
    const abortSignal = deadline(PULL_MS, signal);
    const stream = await docker.pull(withTag(image), { abortSignal });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null, output: readonly { error?: string }[]) => {
        const said = error ?? output.find((line) => line.error !== undefined)?.error;
        if (said === undefined) resolve();
        else reject(said instanceof Error ? said : new Error(said));
      });
    });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (isConnectionLost(error)) throw error;
    return pullFailure(error);
  }
}

function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || name.includes('@') ? image : `${image}:latest`;
}

function pullFailure(error: unknown): string {
  const said = engineMessage(error);
  switch (statusCode(error)) {
    case 400:
      return `the Engine does not take this name (${said})`;
    case 404:
      return `no such image, or one that needs \`docker login\` (${said})`;
    case 401:
    case 403:
      return `the registry asks for a login (${said})`;
    case 429:
      return `the registry's pull limit is reached (${said})`;
    default:
      return `the registry cannot be reached or refused it (${said})`;
  }
}

/** One error for all images, with the flags that name others. */
export function imagesMissing(failures: readonly ImageFailure[], valueNames: readonly string[]): StackctlError {
  const list = failures.map(({ image, reason }) => `${image}: ${reason}`).join('; ');
  const set = valueNames.map((name) => `--set ${name}=NAME:TAG`).join(' ');
  const others = set === '' ? '' : `, or use images that you have: ${set} (or --values FILE)`;
  return new StackctlError('E_IMAGE_MISSING', `images are missing and cannot be pulled: ${list}`, {
    hint: `Get them with \`docker pull\` or \`docker load\`${others}. Without images: --runtime process.`,
    details: { images: failures },
  });
}
