import type { Emit } from '../../lib/events.ts';
import { valuesFor } from '../../stack/image-values.ts';
import type { Stack } from '../../stack/model.ts';
import { imagesOf } from '../../stack/needs.ts';
import type { PrepareOptions } from '../../stack/runtime.ts';
import { buildImages } from './build.ts';
import { composeVersion } from './compose-cli.ts';
import type { Engine } from './engine.ts';
import { imagesMissing, missingImages, pullImages } from './images.ts';

/** @throws E_COMPOSE_MISSING, E_IMAGE_MISSING naming every image that is missing, E_BUILD_FAILED. */
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
