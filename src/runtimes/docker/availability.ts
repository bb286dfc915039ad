import { StackctlError } from '../../errors.ts';
import type { StackNeeds } from '../../stack/contract/needs.ts';
import type { Availability, RuntimeInput } from '../../stack/contract/runtime.ts';
import { composeVersion } from './engine/compose-cli.ts';
import type { Engine } from './engine/engine.ts';
import { findEngine } from './engine/find-engine.ts';
import { whileEngineAnswers } from './engine/guard.ts';
import { missingImages, pullImages } from './images/images.ts';

/**
 * Whether an Engine answers, Compose is new enough and the images are there. With `pull`, missing images are pulled.
 * Throws no StackctlError: what is missing is the reason.
 */
export async function availability(
  needs: StackNeeds,
  env: RuntimeInput['env'],
  options: { readonly pull: boolean },
): Promise<Availability> {
  const lack = lackOfImage(needs);
  if (lack !== undefined) return { available: false, reason: lack, isForStack: true };
  let engine: Engine | undefined;
  try {
    engine = await findEngine(env);
    return await withEngine(engine, needs, options.pull);
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return { available: false, reason: error.message };
  } finally {
    engine?.close();
  }
}

/** Services that no container can be started from, in words; undefined: there is none. */
export function lackOfImage({ lacking }: StackNeeds): string | undefined {
  const names = lacking?.image ?? [];
  return names.length === 0 ? undefined : `${names.join(', ')} has no image`;
}

async function withEngine(engine: Engine, needs: StackNeeds, pull: boolean): Promise<Availability> {
  return whileEngineAnswers(engine, async () => {
    const [, missing] = await Promise.all([composeVersion(engine), missingImages(engine, needs.images)]);
    const place = `${engine.product} ${engine.version} answers at ${engine.address.host}`;
    if (missing.length === 0) return { available: true, reason: `${place} and has the images` };
    if (!pull) return { available: false, reason: `${place}, but does not have ${missing.join(', ')}` };
    const failures = await pullImages(engine, missing, () => undefined);
    if (failures.length === 0) return { available: true, reason: `${place} and has pulled the images` };
    const reasons = failures.map(({ image, reason }) => `${image}: ${reason}`).join('; ');
    return { available: false, reason: `${place}, but cannot pull ${reasons}` };
  });
}
