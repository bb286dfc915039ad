import type { Emit } from '../../../lib/events.ts';
import type { Stack } from '../../../stack/contract/model.ts';
import type { PrepareOptions } from '../../../stack/contract/runtime-options.ts';
import { imagesOf } from '../../../stack/derived/needs.ts';
import { valuesFor } from '../../../stack/values/image-values.ts';
import { composeVersion } from '../engine/compose-cli.ts';
import type { Engine } from '../engine/engine.ts';
import { buildImages } from './build.ts';
import { imagesMissing, missingImages, pullImages } from './images.ts';

/**
 * Pulls the images that are missing, and builds those of the stack's own programs where their source has changed.
 * @throws E_COMPOSE_MISSING, E_IMAGE_MISSING naming every image that is missing, E_BUILD_FAILED.
 */
export async function prepare(engine: Engine, stack: Stack, emit: Emit, options?: PrepareOptions): Promise<void> {
  const [, missing] = await Promise.all([composeVersion(engine), missingImages(engine, imagesOf(stack.services))]);
  const failures = await pullImages(engine, missing, emit, options?.signal);
  if (failures.length === 0) return buildImages(engine, stack, emit, options);
  throw imagesMissing(
    failures,
    valuesFor(
      failures.map(({ image }) => image),
      stack,
    ),
  );
}
